// May this access use this entry?
module permission (
  `TW_FAULT_PORT
  // Access
  input logic [1:0]        kind_i,
  input logic              privileged_i,
  input logic              pan_i,
  input mmu_pkg::control_t control_i,
  // Entry
  input mmu_pkg::permission_t  permission_i,
  input logic [3:0]            domain_i,
  input mmu_pkg::permission2_t permission2_i,
  // Decision
  output logic domain_fault_o,  // stage 1 does not allow it: Domain fault
  output logic stage1_o,        // stage 1 allows it
  output logic stage2_o         // stage 2 would allow it
);

  // Executing. AArch32 asks for the right to read, AArch64 takes what EL0 can write from EL1.
  logic wxn;
  logic uwxn;
  logic privileged_execute;
  logic unprivileged_execute;
  assign wxn                  = control_i.wxn && !`TW_FAULT(11);
  assign uwxn                 = control_i.aarch32 ? control_i.uwxn : 1'b1;
  assign privileged_execute   = !(permission_i.pxn || (uwxn && permission_i.uw) || (wxn && permission_i.pw))
    && (permission_i.pr || !control_i.aarch32);
  assign unprivileged_execute = !(permission_i.uxn || (wxn && permission_i.uw))
    && (permission_i.ur || !control_i.aarch32);

  // Privileged data accesses to what EL0 can use
  logic epan;
  logic barred;
  assign epan   = control_i.epan && !`TW_FAULT(37);
  assign barred = pan_i && (permission_i.ur || (epan && !permission_i.uxn)) && !`TW_FAULT(10);

  // Domain: two bits each
  logic [31:0] dacr;
  logic        client;
  logic        manager;
  assign dacr = control_i.dacr;
  always_comb begin
    domain_fault_o = 1'b0;
    client         = 1'b1;
    manager        = 1'b0;
    if (control_i.short_format) begin
      client         = dacr[{domain_i, 1'b0}];
      manager        = client && dacr[{domain_i, 1'b1}] && !`TW_FAULT(31);
      domain_fault_o = !client;
    end
  end

  // What this access asks for
  always_comb begin
    case (kind_i)
      mmu_pkg::KindRead: begin
        stage1_o = privileged_i ? (permission_i.pr && !barred) : permission_i.ur;
        stage2_o = permission2_i.r;
      end
      mmu_pkg::KindWrite: begin
        stage1_o = privileged_i ? (permission_i.pw && !barred) : permission_i.uw;
        stage2_o = permission2_i.w;
      end
      mmu_pkg::KindFetch: begin
        stage1_o = privileged_i ? privileged_execute : unprivileged_execute;
        stage2_o = privileged_i ? permission2_i.px : permission2_i.ux;
      end
      default: begin
        stage1_o = 1'b1;
        stage2_o = 1'b1;
      end
    endcase
    stage1_o = (stage1_o || manager) && client;
  end

endmodule
