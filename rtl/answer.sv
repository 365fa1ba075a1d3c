// What an entry answers to an access: whether it serves, and the translation or the fault that it gives.
module answer (
  `TW_FAULT_PORT
  // Access
  input mmu_pkg::access_t  access_i,
  input logic [11:0]       low_i,         // address bits
  // Registers
  input mmu_pkg::control_t control_i,
  input logic              stage1_on_i,
  input logic              cache_off_i,   // stage 2 is on and makes this access non-cacheable
  // Entry
  input logic                          valid_i,
  input logic [39:0]                   pa_i,
  input logic [mmu_pkg::LeafWidth-1:0] leaf_i,
  // The entry serves this access; stage 1 allows it
  output logic serves_o,
  output logic stage1_allows_o,
  // Answer
  output logic        fault_o,
  output logic [5:0]  fsc_o,
  output logic        stage2_o,
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
    .valid_i,
    .kind_i        (access_i.kind),
    .privileged_i  (access_i.privileged),
    .pan_i         (access_i.pan),
    .control_i,
    .permission_i  (entry.permission),
    .domain_i      (entry.domain),
    .permission2_i (entry.permission2),
    .domain_fault_o(domain_fault),
    .stage1_o      (allowed1),
    .stage2_o      (allowed2)
  );

  // A clean entry does not serve a write that it allows: a walk sets the dirty state.
  always_comb begin
    stage1_allows_o = 1'b0;
    serves_o        = 1'b0;
    if (valid_i) begin
      stage1_allows_o = allowed1 || !stage1_on_i;
      serves_o        = !(entry.clean && (access_i.kind == mmu_pkg::KindWrite) && (access_i.at == 2'd0) &&
                          stage1_allows_o && allowed2 && !`TW_FAULT(54));
    end
  end

  always_comb begin
    fault_o  = 1'b0;
    fsc_o    = '0;
    stage2_o = 1'b0;
    pa_o     = '0;
    attr_o   = '0;
    sh_o     = '0;
    size_o   = '0;
    if (valid_i) begin
      size_o = entry.size;
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
        if (cache_off_i && (access_i.at != 2'd2) && (entry.attr[7:4] != 4'd0)) begin
          attr_o = 8'h44;
          sh_o   = 2'd2;
        end
      end
    end
  end

  logic unused_access;
  assign unused_access = ^access_i;

endmodule
