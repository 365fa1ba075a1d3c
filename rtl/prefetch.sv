// Translation prefetch: what makes a candidate, the check of its address, and the register in which it waits.
//
// A walk's response that fills the L2 makes a candidate: the next page, or the page a stride further. A later one takes
// the place of one that waits. With prefetch off nothing here moves.
module prefetch (
  input logic clk_i,
  input logic rst_ni,
  `TW_FAULT_PORT
  // Configuration and registers; they have changed in the cycle before
  input logic [1:0]       mode_i,
  input logic [2:0]       pa_size_i,
  input mmu_pkg::lookup_t lookup_i,
  input logic             changed_i,
  // A walk's response fills the L2: its request, the size that it reports
  input logic             fill_i,
  input mmu_pkg::access_t access_i,
  input logic [39:0]      vpn_i,
  input logic [5:0]       size_i,
  // A TLBI's first cycle: nothing enters, nothing waits any longer
  input logic tlbi_first_i,
  // The candidate wants to enter the miss queue, and does
  output logic             wants_o,
  output mmu_pkg::access_t access_o,
  output logic [39:0]      vpn_o,
  input  logic             enters_i
);

  localparam logic [1:0] ModeNextPage = 2'd1;
  localparam logic [1:0] ModeStride = 2'd2;

  // A response that counts, by port
  logic fills;
  logic fetch;
  assign fills = fill_i && (mode_i != 2'd0) && (access_i.at == 2'd0) && !access_i.prefetch;
  assign fetch = access_i.kind[1];

  logic unused_access;
  assign unused_access = ^access_i;

  // What each port remembers of its last such response
  logic [39:0] page_q  [2];
  logic [39:0] stride_q[2];
  logic [ 1:0] half_q;
  logic [ 1:0] page_known_q;
  logic [ 1:0] stride_known_q;
  logic        follows;        // it is of the half of the one before
  logic [39:0] stride;
  logic [39:0] address_mask;   // of pages

  always_comb begin
    follows      = 1'b0;
    stride       = '0;
    address_mask = '0;
    if (fills) begin
      address_mask = lookup_i.aarch32 ? 40'h00_000f_ffff : '1;
      follows      = page_known_q[fetch] && (half_q[fetch] == access_i.half);
      stride       = (vpn_i - page_q[fetch]) & address_mask;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni || changed_i) begin
      page_known_q   <= '0;
      stride_known_q <= '0;
    end else if (fills) begin
      page_known_q[fetch]   <= 1'b1;
      stride_known_q[fetch] <= follows;
    end
  end

  always_ff @(posedge clk_i) begin
    if (fills) begin
      page_q[fetch]   <= vpn_i;
      half_q[fetch]   <= access_i.half;
      stride_q[fetch] <= stride;
    end
  end

  // The candidate
  logic        proposed;
  logic [39:0] page;
  always_comb begin
    proposed = 1'b0;
    page     = '0;
    if (fills && (mode_i == ModeNextPage)) begin
      proposed = 1'b1;
      page     = ((vpn_i & mmu_pkg::mask_from(size_i)) + (40'd1 << (size_i - 6'd12))) & address_mask;
    end else if (fills && (mode_i == ModeStride)) begin
      proposed = follows && stride_known_q[fetch] && (stride == stride_q[fetch]) && (stride != '0);
      page     = (`TW_FAULT(102) ? vpn_i - stride : vpn_i + stride) & address_mask;
    end
  end

  // Its address, without a tag: as of a privileged read
  logic [63:0] va;
  logic        half;
  logic        fault;
  logic [39:0] unused_vpn;
  logic [ 5:0] unused_fsc;
  always_comb begin
    va = '0;
    if (proposed) va = {{12{access_i.half && !lookup_i.aarch32}}, page, 12'd0};
  end

  address u_address (
    `TW_FAULT_CONNECT(fault_i)
    .lookup_i,
    .pa_size_i,
    .valid_i     (proposed),
    .va_i        (va),
    .fetch_i     (1'b0),
    .privileged_i(1'b1),
    .nonfault_i  (1'b0),
    .half_o      (half),
    .vpn_o       (unused_vpn),
    .fault_o     (fault),
    .fsc_o       (unused_fsc)
  );

  // The register
  logic        waits_q;
  logic        waits_half_q;
  logic [39:0] waits_page_q;
  logic        made;
  assign made = proposed && !fault && (half == access_i.half);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) waits_q <= 1'b0;
    else if (made) waits_q <= 1'b1;
    else if (enters_i || tlbi_first_i || changed_i) waits_q <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (made) begin
      waits_half_q <= half;
      waits_page_q <= page;
    end
  end

  // Entering, as a privileged read that is of no port
  mmu_pkg::access_t access;
  assign wants_o  = waits_q && !tlbi_first_i && !changed_i;
  assign access_o = access;
  assign vpn_o    = waits_page_q;
  always_comb begin
    access            = '0;
    access.kind       = mmu_pkg::KindRead;
    access.privileged = 1'b1;
    access.at         = 2'd1;
    access.prefetch   = 1'b1;
    access.half       = waits_half_q;
  end

endmodule
