// Constants and functions that the modules share. Used as mmu_pkg::name: Yosys does not read `import`.
//
// Granules are coded 0: 4K, 1: 16K, 2: 64K. Levels are coded level + 1 (level -1 is 0). VAs and PAs of entries are the
// bits [51:12], 40 of them; sizes are log2 of bytes.

// A build with TW_FAULTS has deliberate bugs, one at a time by number (FAULTS.md); any other build has none of them.
`ifdef TW_FAULTS
`define TW_FAULT(n) (fault_i == 8'd``n)
`define TW_FAULT_PORT input logic [7:0] fault_i,
`define TW_FAULT_CONNECT(signal) .fault_i(signal),
`else
`define TW_FAULT(n) 1'b0
`define TW_FAULT_PORT
`define TW_FAULT_CONNECT(signal)
`endif

package mmu_pkg;

  // What a TLB entry says besides its address.
  typedef struct packed {
    logic [5:0] size;
    logic [1:0] level;  // of the leaf descriptor
    logic [7:0] attr;   // MAIR byte
    logic [1:0] sh;
    logic [1:0] ap;     // AP[2:1] after APTable
    logic       pxn;
    logic       uxn;
  } leaf_t;

  // Attributes that table descriptors hand down.
  typedef struct packed {
    logic [1:0] ap;
    logic       uxn;
    logic       pxn;
  } table_attr_t;

  localparam int LeafWidth = 22;
  localparam int Ranks = 6;  // sizes of a granule, in ascending order

  localparam logic [1:0] KindRead = 2'd0;
  localparam logic [1:0] KindWrite = 2'd1;
  localparam logic [1:0] KindFetch = 2'd2;
  localparam logic [1:0] KindTlbi = 2'd3;

  localparam logic [2:0] FoundNone = 3'd0;
  localparam logic [2:0] FoundL1 = 3'd1;
  localparam logic [2:0] FoundL2 = 3'd2;
  localparam logic [2:0] FoundWalk = 3'd3;
  localparam logic [2:0] FoundMaintenance = 3'd4;

  localparam logic [2:0] OpVmall = 3'd0;
  localparam logic [2:0] OpAsid = 3'd1;
  localparam logic [2:0] OpVa = 3'd2;
  localparam logic [2:0] OpVaa = 3'd3;
  localparam logic [2:0] OpVal = 3'd4;
  localparam logic [2:0] OpVaal = 3'd5;

  localparam logic [1:0] Granule4K = 2'd0;
  localparam logic [1:0] Granule16K = 2'd1;
  localparam logic [1:0] Granule64K = 2'd2;

  // Fault status codes without their level.
  localparam logic [5:0] FscAddressSize = 6'h00;
  localparam logic [5:0] FscTranslation = 6'h04;
  localparam logic [5:0] FscAccessFlag = 6'h08;
  localparam logic [5:0] FscPermission = 6'h0c;
  localparam logic [5:0] FscWalkAbort = 6'h14;

  // A fault status code with its level; level -1 has codes of its own.
  function automatic logic [5:0] fault_code(input logic [5:0] kind, input logic [2:0] level);
    if (level != 3'd0) fault_code = kind | {3'd0, level - 3'd1};
    else if (kind == FscAddressSize) fault_code = 6'h29;
    else if (kind == FscTranslation) fault_code = 6'h2b;
    else fault_code = 6'h13;
  endfunction

  // VA[51:12] bits from 2^size bytes up.
  function automatic logic [39:0] mask_from(input logic [5:0] size);
    mask_from = 40'hff_ffff_ffff << (size - 6'd12);
  endfunction

  function automatic logic [5:0] page_size(input logic [1:0] granule);
    case (granule)
      Granule4K: page_size = 6'd12;
      Granule16K: page_size = 6'd14;
      default: page_size = 6'd16;
    endcase
  endfunction

  // Lowest VA bit that the index at a level resolves; 63 where that is above the address.
  function automatic logic [5:0] index_low(input logic [1:0] granule, input logic [2:0] level);
    case ({
      granule, level
    })
      {Granule4K, 3'd4} : index_low = 6'd12;
      {Granule4K, 3'd3} : index_low = 6'd21;
      {Granule4K, 3'd2} : index_low = 6'd30;
      {Granule4K, 3'd1} : index_low = 6'd39;
      {Granule4K, 3'd0} : index_low = 6'd48;
      {Granule16K, 3'd4} : index_low = 6'd14;
      {Granule16K, 3'd3} : index_low = 6'd25;
      {Granule16K, 3'd2} : index_low = 6'd36;
      {Granule16K, 3'd1} : index_low = 6'd47;
      {Granule16K, 3'd0} : index_low = 6'd58;
      {Granule64K, 3'd4} : index_low = 6'd16;
      {Granule64K, 3'd3} : index_low = 6'd29;
      {Granule64K, 3'd2} : index_low = 6'd42;
      {Granule64K, 3'd1} : index_low = 6'd55;
      default: index_low = 6'd63;
    endcase
  endfunction

  // The sizes of a granule in ascending order; 0 past the last.
  function automatic logic [5:0] size_of_rank(input logic [1:0] granule, input logic [2:0] rank);
    case ({
      granule, rank
    })
      {Granule4K, 3'd0} : size_of_rank = 6'd12;
      {Granule4K, 3'd1} : size_of_rank = 6'd16;
      {Granule4K, 3'd2} : size_of_rank = 6'd21;
      {Granule4K, 3'd3} : size_of_rank = 6'd25;
      {Granule4K, 3'd4} : size_of_rank = 6'd30;
      {Granule4K, 3'd5} : size_of_rank = 6'd34;
      {Granule16K, 3'd0} : size_of_rank = 6'd14;
      {Granule16K, 3'd1} : size_of_rank = 6'd21;
      {Granule16K, 3'd2} : size_of_rank = 6'd25;
      {Granule16K, 3'd3} : size_of_rank = 6'd30;
      {Granule64K, 3'd0} : size_of_rank = 6'd16;
      {Granule64K, 3'd1} : size_of_rank = 6'd21;
      {Granule64K, 3'd2} : size_of_rank = 6'd29;
      {Granule64K, 3'd3} : size_of_rank = 6'd34;
      {Granule64K, 3'd4} : size_of_rank = 6'd42;
      default: size_of_rank = 6'd0;
    endcase
  endfunction

  // Which ranks of a granule are in `sizes` (bit n: 2^n bytes).
  function automatic logic [Ranks-1:0] ranks_held(input logic [1:0] granule, input logic [63:0] sizes);
    logic [5:0] size;
    ranks_held = '0;
    for (int rank = 0; rank < Ranks; rank++) begin
      size = size_of_rank(granule, rank[2:0]);
      ranks_held[rank] = (size != 6'd0) && sizes[size];
    end
  endfunction

  // Largest size of the granule that is held and not larger than `size`.
  function automatic logic [5:0] splinter(input logic [1:0] granule, input logic [63:0] sizes,
                                          input logic [5:0] size);
    logic [5:0] candidate;
    splinter = 6'd12;
    for (int rank = 0; rank < Ranks; rank++) begin
      candidate = size_of_rank(granule, rank[2:0]);
      if ((candidate != 6'd0) && (candidate <= size) && sizes[candidate]) splinter = candidate;
    end
  endfunction

  // Does a TLBI drop a TLB entry? `in_span`: its VA is in the entry's span.
  function automatic logic tlbi_drops(input logic [2:0] op, input logic is_global,
                                      input logic same_asid, input logic in_span);
    case (op)
      OpVmall: tlbi_drops = 1'b1;
      OpAsid: tlbi_drops = !is_global && same_asid;
      OpVa, OpVal: tlbi_drops = in_span && (is_global || same_asid);
      OpVaa, OpVaal: tlbi_drops = in_span;
      default: tlbi_drops = 1'b0;
    endcase
  endfunction

endpackage
