// PAR, ESR or FSR, and HPFAR of an answer.
module syndrome (
  // Answer, while it stands
  input logic        valid_i,
  input logic [1:0]  kind_i,
  input logic        el_i,
  input logic        fault_i,
  input logic [5:0]  fsc_i,
  input logic        s1ptw_i,
  input logic        stage2_i,
  input logic [39:0] pa_i,
  input logic [7:0]  attr_i,
  input logic [1:0]  sh_i,
  input logic [39:0] ipa_i,          // [51:12], 0 where HPFAR does not tell it
  // Layout
  input logic        aarch32_i,      // stage 1 faults by DFSR and IFSR
  input logic        short_i,        // in the short-descriptor format
  input logic        par32_i,
  input logic        supersection_i,
  // Registers
  output logic [63:0] par_o,
  output logic [31:0] esr_o,
  output logic [63:0] hpfar_o
);

  // Fault status of the short-descriptor format, FS[4:0]
  function automatic logic [4:0] fault_status(input logic [5:0] fsc);
    case (fsc)
      6'h05: fault_status = 5'h05;
      6'h06: fault_status = 5'h07;
      6'h09: fault_status = 5'h03;
      6'h0a: fault_status = 5'h06;
      6'h0d: fault_status = 5'h0d;
      6'h0e: fault_status = 5'h0f;
      6'h15: fault_status = 5'h0c;
      6'h16: fault_status = 5'h0e;
      6'h3d: fault_status = 5'h09;
      6'h3e: fault_status = 5'h0b;
      default: fault_status = 5'h00;
    endcase
  endfunction

  // Cacheability of Normal memory in the 32-bit PAR, by two bits: 0 none, 1 write-back with write-allocate,
  // 2 write-through, 3 write-back without
  function automatic logic [1:0] cacheability(input logic [3:0] nibble);
    if (nibble == 4'h4) cacheability = 2'd0;
    else if (!nibble[2]) cacheability = 2'd2;
    else cacheability = nibble[0] ? 2'd1 : 2'd3;
  endfunction

  logic        fetch;
  logic        write;
  logic        is_stage1;
  logic [ 5:0] ec;  // exception class
  logic [ 4:0] fs;
  assign fetch     = kind_i == mmu_pkg::KindFetch;
  assign write     = kind_i == mmu_pkg::KindWrite;
  assign is_stage1 = !stage2_i && !s1ptw_i;
  assign ec        = {3'b100, !fetch, 1'b0, el_i && is_stage1};

  // PAR
  logic        is_device;
  logic [ 2:0] inner;
  logic [ 1:0] outer;
  logic [31:0] par32;
  always_comb begin
    fs        = '0;
    if (valid_i && fault_i) fs = fault_status(fsc_i);
    is_device = attr_i[7:4] == 4'd0;
    inner     = '0;
    outer     = '0;
    par32     = '0;
    par_o     = '0;
    if (valid_i && !par32_i) begin
      if (fault_i) par_o = {52'd0, 1'b1, 1'b0, stage2_i, s1ptw_i, 1'b0, fsc_i, 1'b1};
      else par_o = {attr_i, 4'd0, pa_i, 1'b1, 2'd0, sh_i, 7'd0};
    end else if (valid_i && fault_i) begin
      par_o = {58'd0, fs, 1'b1};
    end else if (valid_i) begin
      if (is_device) begin
        inner = (attr_i == 8'h00) ? 3'd1 : 3'd3;
      end else begin
        inner = {cacheability(attr_i[3:0]) != 2'd0, cacheability(attr_i[3:0])};
        outer = cacheability(attr_i[7:4]);
      end
      par32 = {pa_i[19:0], 1'b0, sh_i == 2'd3, 2'd0, sh_i != 2'd0, inner, outer, 2'd0};
      if (supersection_i) begin
        par32[23:12] = {pa_i[27:20], 4'd0};
        par32[1]     = 1'b1;
      end
      par_o = {32'd0, par32};
    end
  end

  // ESR or FSR, and HPFAR
  always_comb begin
    esr_o   = '0;
    hpfar_o = '0;
    if (valid_i && fault_i) begin
      if (!aarch32_i || !is_stage1) esr_o = {ec, 1'b1, 17'd0, s1ptw_i, write, fsc_i};
      else if (short_i) esr_o = {20'd0, write, fs[4], 6'd0, fs[3:0]};
      else esr_o = {20'd0, write, 1'b0, 1'b1, 3'd0, fsc_i};
      if (stage2_i) hpfar_o = {20'd0, ipa_i, 4'd0};
    end
  end

endmodule
