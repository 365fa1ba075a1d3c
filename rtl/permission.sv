// May this access use this entry?
module permission (
  `TW_FAULT_PORT
  // Access
  input logic              valid_i,
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

  // Privileged data accesses to what EL0 can use
  logic barred;
  always_comb begin
    barred = 1'b0;
    if (valid_i && pan_i) begin
      barred = permission_i.ur || (control_i.epan && !permission_i.uxn && !`TW_FAULT(37));
      if (`TW_FAULT(10)) barred = 1'b0;
    end
  end

  // What this access asks for. To execute AArch32 must be able to read; AArch64 takes what EL0 can write from EL1.
  logic wxn;
  always_comb begin
    wxn      = 1'b0;
    stage1_o = 1'b0;
    stage2_o = 1'b0;
    if (valid_i) begin
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
          wxn = control_i.wxn && !`TW_FAULT(11);
          if (privileged_i) begin
            stage1_o = !(permission_i.pxn || (wxn && permission_i.pw)) && (permission_i.pr || !control_i.aarch32)
              && !(permission_i.uw && (control_i.uwxn || !control_i.aarch32));
            stage2_o = permission2_i.px;
          end else begin
            stage1_o = !(permission_i.uxn || (wxn && permission_i.uw)) && (permission_i.ur || !control_i.aarch32);
            stage2_o = permission2_i.ux;
          end
        end
        default: {stage1_o, stage2_o} = 2'b11;  // coverage: waived, a TLBI asks for no permission
      endcase
      stage1_o = (stage1_o || manager) && client;
    end
  end

endmodule
