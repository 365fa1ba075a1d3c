// Walk cache of one level: table descriptors found there, fully associative.
//
// With 0 entries it never hits and keeps nothing.
module walk_cache #(
  parameter int Entries = 8,
  parameter int Policy  = 0
) (
  input logic clk_i,
  input logic rst_ni,
  `TW_FAULT_PORT
  // World of the request, and whether it is another one than in the cycle before
  input logic [mmu_pkg::WorldWidth-1:0] world_i,
  input logic                           world_change_i,
  // Address of the look-up or the fill
  input logic [15:0] asid_i,
  input logic        half_i,
  input logic [39:0] vpn_i,
  // Look-up; the caller says whether the hit is used
  input  logic        lookup_i,
  input  logic        use_i,
  output logic        hit_o,
  output logic [49:0] entry_o,  // next table [51:10], its attributes
  // Fill
  input logic        fill_i,
  input logic [39:0] fill_mask_i,  // VA bits that were resolved
  input logic [49:0] fill_entry_i,
  // TLBI
  input logic           tlbi_valid_i,
  input mmu_pkg::tlbi_t tlbi_i
);

  if (Entries == 0) begin : gen_none
    logic unused_inputs;
    assign unused_inputs = ^{clk_i, rst_ni, world_i, world_change_i, asid_i, half_i, vpn_i, lookup_i,
                             use_i, fill_i, fill_mask_i, fill_entry_i, tlbi_valid_i, tlbi_i};
`ifdef TW_FAULTS
    logic unused_fault;
    assign unused_fault = ^fault_i;
`endif
    assign hit_o   = 1'b0;
    assign entry_o = '0;
  end else begin : gen_cache
    localparam int IndexBits = (Entries > 1) ? $clog2(Entries) : 1;

    // Entries
    logic [Entries-1:0] valid;
    logic [Entries-1:0] live_q;            // of the world of the cycle before
    logic [Entries-1:0] live;              // of the current world
    logic [       56:0] key_q  [Entries];  // ASID, half, VA
    logic [       39:0] mask_q [Entries];
    logic [       49:0] entry_q[Entries];
    logic [mmu_pkg::WorldWidth-1:0] world_q[Entries];

    // Look-up: the lowest entry that matches
    logic [56:0] probe;
    logic [IndexBits-1:0] hit_index;
    assign probe = {asid_i, half_i, vpn_i};

    always_comb begin
      hit_o     = 1'b0;
      hit_index = '0;
      entry_o   = '0;
      if (lookup_i) begin
        for (int i = Entries - 1; i >= 0; i--) begin
          if ((((key_q[i] ^ probe) & {17'h1_ffff, mask_q[i]}) == '0) && valid[i] && live[i]) begin
            hit_o     = 1'b1;
            hit_index = i[IndexBits-1:0];
          end
        end
        if (hit_o) entry_o = entry_q[hit_index];
      end
    end

    // Entries dropped by a fill or a TLBI
    logic [Entries-1:0] drop;
    logic               by_va;
    logic               last_level;
    logic               met;
    assign by_va      = !`TW_FAULT(7);
    assign last_level = `TW_FAULT(16);

    always_comb begin
      drop = '0;
      met  = 1'b0;
      if (fill_i) begin
        for (int i = 0; i < Entries; i++) begin
          drop[i] = live[i] && (((key_q[i] ^ probe) & {17'h1_ffff, mask_q[i] & fill_mask_i}) == '0);
        end
      end else if (tlbi_valid_i) begin
        for (int i = 0; i < Entries; i++) begin
          met = mmu_pkg::tlbi_same_half(key_q[i][40], tlbi_i.half, world_q[i][18:16]) && by_va &&
                mmu_pkg::tlbi_meets(key_q[i][39:0], mask_q[i], tlbi_i.first, tlbi_i.last);
          case (tlbi_i.what)
            mmu_pkg::OpAll, mmu_pkg::OpVmall, mmu_pkg::OpVmalls12: drop[i] = 1'b1;
            mmu_pkg::OpAsid: drop[i] = key_q[i][56:41] == tlbi_i.asid;
            mmu_pkg::OpVa: drop[i] = met && (key_q[i][56:41] == tlbi_i.asid);
            mmu_pkg::OpVal: drop[i] = met && (key_q[i][56:41] == tlbi_i.asid) && last_level;
            mmu_pkg::OpVaa: drop[i] = met;
            mmu_pkg::OpVaal: drop[i] = met && last_level;
            default: drop[i] = 1'b0;
          endcase
          if (!mmu_pkg::tlbi_names(tlbi_i.el2, tlbi_i.any_vmid, tlbi_i.vmid, world_q[i])) drop[i] = 1'b0;
        end
      end
    end

    logic unused_level;
    assign unused_level = ^{tlbi_i.by_level, tlbi_i.level};

    logic [Entries-1:0]   victim;
    logic [IndexBits-1:0] victim_index;
    replacement #(
      .Entries(Entries),
      .Policy (Policy)
    ) u_replacement (
      .clk_i,
      .rst_ni,
      `TW_FAULT_CONNECT(fault_i)
      .drops_i       (tlbi_valid_i),
      .drop_i        (drop),
      .valid_o       (valid),
      .hit_i         (use_i),
      .hit_index_i   (hit_index),
      .fill_i,
      .newest_i      (1'b0),
      .victim_o      (victim),
      .victim_index_o(victim_index)
    );

    always_comb begin
      live = live_q;
      if (world_change_i) begin
        for (int i = 0; i < Entries; i++) live[i] = world_q[i] == world_i;
      end
    end

    always_ff @(posedge clk_i) begin
      if (world_change_i || fill_i) live_q <= live | victim;
    end

    always_ff @(posedge clk_i) begin
      if (fill_i) begin
        world_q[victim_index] <= world_i;
        key_q[victim_index]   <= probe;
        mask_q[victim_index]  <= fill_mask_i;
        entry_q[victim_index] <= fill_entry_i;
      end
    end
  end

endmodule
