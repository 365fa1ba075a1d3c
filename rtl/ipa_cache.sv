// Cache of stage 2 translations: fully associative, entries of any size. An entry covers its leaf's own size;
// the mapping's, of a contiguous group, is in the leaf, and is what a TLBI compares.
//
// With 0 entries it never hits and keeps nothing.
module ipa_cache #(
  parameter int Entries = 16,
  parameter int Policy  = 0
) (
  input logic clk_i,
  input logic rst_ni,
  `TW_FAULT_PORT
  // Address of the look-up or the fill
  input logic [15:0] vmid_i,
  input logic [39:0] ipa_i,
  // Look-up; the caller says whether the hit is used
  input  logic                           lookup_i,
  input  logic                           write_i,   // a clean entry misses
  input  logic                           use_i,
  output logic                           hit_o,
  output logic [39:0]                    pa_o,      // IPA bits below the entry's size filled in
  output logic [mmu_pkg::Leaf2Width-1:0] leaf_o,
  // Fill
  input logic                           fill_i,
  input logic [39:0]                    fill_pa_i,
  input logic [39:0]                    fill_mask_i,  // of its own size
  input logic [mmu_pkg::Leaf2Width-1:0] fill_leaf_i,
  // TLBI
  input logic           tlbi_valid_i,
  input mmu_pkg::tlbi_t tlbi_i
);

  if (Entries == 0) begin : gen_none
    logic unused_inputs;
    assign unused_inputs = ^{clk_i, rst_ni, vmid_i, ipa_i, lookup_i, write_i, use_i, fill_i, fill_pa_i, fill_mask_i,
                             fill_leaf_i, tlbi_valid_i, tlbi_i};
`ifdef TW_FAULTS
    logic unused_fault;
    assign unused_fault = ^fault_i;
`endif
    assign hit_o  = 1'b0;
    assign pa_o   = '0;
    assign leaf_o = '0;
  end else begin : gen_cache
    localparam int IndexBits = (Entries > 1) ? $clog2(Entries) : 1;

    // Entries
    logic [Entries-1:0] valid;
    logic [       55:0] key_q  [Entries];  // VMID, IPA
    logic [       39:0] mask_q [Entries];
    logic [       59:0] entry_q[Entries];  // PA, leaf

    // Look-up: the lowest entry that matches
    logic [55:0] probe;
    logic [15:0] vmid_mask;
    logic match;
    logic [IndexBits-1:0] hit_index;
    logic [59:0] hit_entry;
    logic [39:0] hit_mask;
    assign probe     = {vmid_i, ipa_i};
    assign vmid_mask = `TW_FAULT(45) ? '0 : '1;

    always_comb begin
      match     = 1'b0;
      hit_index = '0;
      hit_entry = '0;
      hit_mask  = '0;
      if (lookup_i) begin
        for (int i = Entries - 1; i >= 0; i--) begin
          if ((((key_q[i] ^ probe) & {vmid_mask, mask_q[i]}) == '0) && valid[i]) begin
            match     = 1'b1;
            hit_index = i[IndexBits-1:0];
          end
        end
        if (match) begin
          hit_entry = entry_q[hit_index];
          hit_mask  = mask_q[hit_index];
        end
      end
    end

    assign hit_o  = match && !(hit_entry[mmu_pkg::Leaf2Clean] && write_i);
    assign pa_o   = hit_entry[59-:40] | (ipa_i & ~hit_mask);
    assign leaf_o = hit_entry[mmu_pkg::Leaf2Width-1:0];

    // Entries dropped by a fill or a TLBI
    logic [Entries-1:0] drop;
    logic               same_vmid;
    logic               met;

    always_comb begin
      drop      = '0;
      same_vmid = 1'b0;
      met       = 1'b0;
      if (fill_i) begin
        for (int i = 0; i < Entries; i++) begin
          drop[i] = ((key_q[i] ^ probe) & {vmid_mask, mask_q[i] & fill_mask_i}) == '0;
        end
      end else if (tlbi_valid_i) begin
        for (int i = 0; i < Entries; i++) begin
          same_vmid = key_q[i][55:40] == tlbi_i.vmid;
          met       = mmu_pkg::tlbi_meets(key_q[i][39:0], mmu_pkg::mask_from(entry_q[i][mmu_pkg::Leaf2Width-1-:6]),
                                          tlbi_i.first, tlbi_i.last) &&
                      (!tlbi_i.by_level || (entry_q[i][mmu_pkg::Leaf2Width-7-:2] == tlbi_i.level));
          case (tlbi_i.what)
            mmu_pkg::OpAll: drop[i] = !tlbi_i.el2;
            mmu_pkg::OpVmalls12: drop[i] = !tlbi_i.el2 && same_vmid && !`TW_FAULT(47);
            mmu_pkg::OpIpas2, mmu_pkg::OpIpas2l: drop[i] = same_vmid && met && !`TW_FAULT(46);
            default: drop[i] = 1'b0;
          endcase
        end
      end
    end

    logic unused_tlbi;
    assign unused_tlbi = ^{tlbi_i.any_vmid, tlbi_i.asid, tlbi_i.half};

    logic [Entries-1:0]   unused_victim;
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
      .hit_i         (hit_o && use_i),
      .hit_index_i   (hit_index),
      .fill_i,
      .newest_i      (1'b0),
      .victim_o      (unused_victim),
      .victim_index_o(victim_index)
    );

    always_ff @(posedge clk_i) begin
      if (fill_i) begin
        key_q[victim_index]   <= probe;
        mask_q[victim_index]  <= fill_mask_i;
        entry_q[victim_index] <= {fill_pa_i, fill_leaf_i};
      end
    end
  end

endmodule
