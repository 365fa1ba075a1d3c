// What a request is answered: the entry that was found and whether this access may use it, or a fault on the way.
module answer (
  `TW_FAULT_PORT
  // Access
  input logic [1:0]        kind_i,
  input logic [1:0]        at_i,
  input logic              privileged_i,
  input logic              pan_i,
  input mmu_pkg::control_t control_i,
  input logic [11:0]       low_i,         // address bits
  // No look-up: a fault of the address, or stage 1 is off
  input logic        direct_i,
  input logic        stage1_on_i,
  input logic        address_fault_i,
  input logic [5:0]  address_fsc_i,
  input logic [51:0] flat_pa_i,
  input logic [7:0]  flat_attr_i,
  input logic [1:0]  flat_sh_i,
  // Stage 2 is on and makes this access non-cacheable
  input logic cache_off_i,
  // A TLBI is complete
  input logic maintained_i,
  // Entry of the look-ups or of the walk
  input logic                          l1_match_i,
  input logic                          l2_match_i,
  input logic                          walk_i,       // under way
  input logic                          walk_done_i,
  input logic [39:0]                   pa_i,
  input logic [mmu_pkg::LeafWidth-1:0] leaf_i,
  // Fault of the walk
  input logic        walk_fault_i,
  input logic [5:0]  walk_fsc_i,
  input logic        walk_s1ptw_i,
  input logic        walk_stage2_i,
  input logic [39:0] walk_hpfar_i,
  // The entry serves this access; stage 1 allows it
  output logic serves_o,
  output logic stage1_allows_o,
  // Answer
  output logic        answer_o,
  output logic [2:0]  found_o,
  output logic        fault_o,
  output logic [5:0]  fsc_o,
  output logic        s1ptw_o,
  output logic        stage2_o,
  output logic [39:0] hpfar_o,
  output logic [51:0] pa_o,
  output logic [7:0]  attr_o,
  output logic [1:0]  sh_o,
  output logic [5:0]  size_o
);

  mmu_pkg::leaf_t entry;
  assign entry = leaf_i;

  logic domain_fault;
  logic allowed1;
  logic allowed2;
  permission u_permission (
    `TW_FAULT_CONNECT(fault_i)
    .valid_i       (l1_match_i || l2_match_i || walk_i),
    .kind_i,
    .privileged_i,
    .pan_i,
    .control_i,
    .permission_i  (entry.permission),
    .domain_i      (entry.domain),
    .permission2_i (entry.permission2),
    .domain_fault_o(domain_fault),
    .stage1_o      (allowed1),
    .stage2_o      (allowed2)
  );
  assign stage1_allows_o = allowed1 || !stage1_on_i;

  // A clean entry does not serve a write that it allows: a walk sets the dirty state.
  assign serves_o = !(entry.clean && (kind_i == mmu_pkg::KindWrite) && (at_i == 2'd0) && stage1_allows_o && allowed2 &&
                      !`TW_FAULT(54));

  always_comb begin
    answer_o = 1'b0;
    found_o  = mmu_pkg::FoundNone;
    fault_o  = 1'b0;
    fsc_o    = '0;
    s1ptw_o  = 1'b0;
    stage2_o = 1'b0;
    hpfar_o  = '0;
    pa_o     = '0;
    attr_o   = '0;
    sh_o     = '0;
    size_o   = '0;
    if (direct_i) begin
      answer_o = 1'b1;
      fault_o  = address_fault_i;
      if (address_fault_i) fsc_o = address_fsc_i;
      else begin
        pa_o   = flat_pa_i;
        attr_o = flat_attr_i;
        sh_o   = flat_sh_i;
        size_o = 6'd12;
      end
    end else if (maintained_i) begin
      answer_o = 1'b1;
      found_o  = mmu_pkg::FoundMaintenance;
    end else if (walk_done_i && walk_fault_i) begin
      answer_o = 1'b1;
      found_o  = mmu_pkg::FoundWalk;
      fault_o  = 1'b1;
      fsc_o    = walk_fsc_i;
      s1ptw_o  = walk_s1ptw_i;
      stage2_o = walk_stage2_i;
      hpfar_o  = walk_hpfar_i;
    end else if (((l1_match_i || l2_match_i) && serves_o) || walk_done_i) begin
      answer_o = 1'b1;
      found_o  = l1_match_i ? mmu_pkg::FoundL1 : l2_match_i ? mmu_pkg::FoundL2 : mmu_pkg::FoundWalk;
      size_o   = entry.size;
      if (!stage1_allows_o) begin
        fault_o = 1'b1;
        fsc_o   = mmu_pkg::fault_code(domain_fault ? mmu_pkg::FscDomain : mmu_pkg::FscPermission,
                                      {1'b0, entry.level} + 3'd1);
      end else if (!allowed2) begin
        fault_o  = 1'b1;
        stage2_o = 1'b1;
        fsc_o    = mmu_pkg::fault_code(mmu_pkg::FscPermission, {1'b0, entry.level2} + 3'd1);
      end else begin
        pa_o   = {pa_i, low_i};
        attr_o = entry.attr;
        sh_o   = entry.sh;
        if (cache_off_i && (at_i != 2'd2) && (entry.attr[7:4] != 4'd0)) begin
          attr_o = 8'h44;
          sh_o   = 2'd2;
        end
      end
    end
  end

endmodule
