// Walk cache of one level: table descriptors found there, fully associative, true LRU.
//
// With 0 entries it never hits and keeps nothing.
module walk_cache #(
  parameter int Entries = 8
) (
  input logic clk_i,
  input logic rst_ni,
  `TW_FAULT_PORT
  // Address of the look-up, the fill or the TLBI
  input logic [15:0] asid_i,
  input logic        half_i,
  input logic [39:0] vpn_i,
  // Look-up; the caller says whether the hit is used
  input  logic        lookup_i,
  input  logic        use_i,
  output logic        hit_o,
  output logic [43:0] entry_o,  // next table [51:12], its attributes
  // Fill
  input logic        fill_i,
  input logic [39:0] fill_mask_i,  // VA bits that were resolved
  input logic [43:0] fill_entry_i,
  // TLBI
  input logic       tlbi_i,
  input logic [2:0] tlbi_op_i
);

  if (Entries == 0) begin : gen_none
    logic unused_inputs;
    assign unused_inputs = ^{clk_i, rst_ni, asid_i, half_i, vpn_i, lookup_i, use_i, fill_i, fill_mask_i, fill_entry_i,
                             tlbi_i, tlbi_op_i};
`ifdef TW_FAULTS
    logic unused_fault;
    assign unused_fault = ^fault_i;
`endif
    assign hit_o   = 1'b0;
    assign entry_o = '0;
  end else begin : gen_cache
    localparam int IndexBits = (Entries > 1) ? $clog2(Entries) : 1;

    // Entries
    logic [Entries-1:0] valid_q;
    logic [       56:0] key_q  [Entries];  // ASID, half, VA
    logic [       39:0] mask_q [Entries];
    logic [       43:0] entry_q[Entries];

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
          if ((((key_q[i] ^ probe) & {17'h1_ffff, mask_q[i]}) == '0) && valid_q[i]) begin
            hit_o     = 1'b1;
            hit_index = i[IndexBits-1:0];
          end
        end
        if (hit_o) entry_o = entry_q[hit_index];
      end
    end

    // Entries dropped by a TLBI
    logic [Entries-1:0] drop;
    logic               by_va;
    logic               last_level;
    assign by_va      = !`TW_FAULT(7);
    assign last_level = `TW_FAULT(16);

    always_comb begin
      drop = '0;
      if (tlbi_i) begin
        for (int i = 0; i < Entries; i++) begin
          case (tlbi_op_i)
            mmu_pkg::OpVmall: drop[i] = 1'b1;
            mmu_pkg::OpAsid: drop[i] = key_q[i][56:41] == asid_i;
            mmu_pkg::OpVa, mmu_pkg::OpVal: begin
              drop[i] = (((key_q[i] ^ probe) & {17'h1_ffff, mask_q[i]}) == '0) && by_va &&
                        (last_level || (tlbi_op_i == mmu_pkg::OpVa));
            end
            mmu_pkg::OpVaa, mmu_pkg::OpVaal: begin
              drop[i] = (((key_q[i][40:0] ^ probe[40:0]) & {1'b1, mask_q[i]}) == '0) && by_va &&
                        (last_level || (tlbi_op_i == mmu_pkg::OpVaa));
            end
            default: drop[i] = 1'b0;
          endcase
        end
      end
    end

    // Victim: the lowest free entry, else the least recently used
    logic [Entries-1:0] oldest;
    logic [Entries-1:0] unused_youngest;
    logic [Entries-1:0] victim;
    logic [IndexBits-1:0] victim_index;
    always_comb begin
      victim       = '0;
      victim_index = '0;
      if (fill_i) begin
        victim = (valid_q != '1) ? (~valid_q & (valid_q + 1'b1)) : oldest;
        for (int i = 0; i < Entries; i++) begin
          if (victim[i]) victim_index = victim_index | i[IndexBits-1:0];
        end
      end
    end

    always_ff @(posedge clk_i) begin
      if (!rst_ni) valid_q <= '0;
      else if (tlbi_i) valid_q <= valid_q & ~drop;
      else if (fill_i) valid_q <= valid_q | victim;
    end

    always_ff @(posedge clk_i) begin
      if (fill_i) begin
        key_q[victim_index]   <= probe;
        mask_q[victim_index]  <= fill_mask_i;
        entry_q[victim_index] <= fill_entry_i;
      end
    end

    // Order of uses
    logic [Entries-1:0] used;
    always_comb begin
      used = victim;
      if (use_i) used[hit_index] = 1'b1;
    end

    lru #(
      .Entries(Entries)
    ) u_lru (
      .clk_i,
      .rst_ni,
      .use_i     (use_i || fill_i),
      .used_i    (used),
      .oldest_o  (oldest),
      .youngest_o(unused_youngest)
    );
  end

endmodule
