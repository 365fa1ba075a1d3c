// Constants and functions that the modules share. Used as mmu_pkg::name: Yosys does not read `import`.
//
// Granules are coded 0: 4K, 1: 16K, 2: 64K. Levels are coded level + 1 (level -1 is 0). VAs and PAs of entries are the
// bits [51:12], 40 of them; sizes are log2 of bytes. A world is {regime, VMID}.

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

  // What stage 1 lets a privileged and an unprivileged access do.
  typedef struct packed {
    logic uxn;
    logic pxn;
    logic uw;
    logic ur;
    logic pw;
    logic pr;
  } permission_t;

  // What stage 2 allows; all ones without stage 2.
  typedef struct packed {
    logic ux;
    logic px;
    logic w;
    logic r;
  } permission2_t;

  // What a TLB entry says besides its address.
  typedef struct packed {
    logic [5:0]   size;
    logic [1:0]   level;        // of the stage 1 leaf
    logic [7:0]   attr;         // MAIR byte, of both stages
    logic [1:0]   sh;
    permission_t  permission;
    logic [3:0]   domain;
    permission2_t permission2;
    logic [1:0]   level2;       // of the stage 2 leaf
    logic         clean;        // an allowed write must set the dirty state first
  } leaf_t;

  // What table descriptors hand down.
  typedef struct packed {
    logic [3:0] domain;
    logic [1:0] ap;
    logic       uxn;
    logic       pxn;
  } table_attr_t;

  // A stage 2 leaf, besides its address: what the IPA cache holds.
  typedef struct packed {
    logic [5:0]   size;
    logic [1:0]   level;
    permission2_t permission;
    logic [3:0]   memattr;
    logic [1:0]   sh;
    logic         clean;
    logic         held;         // TLBs may hold what is made of it (not nT)
  } leaf2_t;

  // What a look-up needs of TCR, for one half.
  typedef struct packed {
    logic [5:0] txsz;
    logic [1:0] granule;
    logic       ds;
    logic       tbi;
    logic       tbid;
    logic       refused;           // to unprivileged accesses
    logic       refused_nonfault;  // to those that must not fault
  } half_t;

  // The configuration but for the sizes held.
  typedef struct packed {
    logic [4:0] misses;
    logic [4:0] walks;
    logic       merge;
    logic [1:0] prefetch;
    logic       coalesce;
    logic [3:0] l1_latency;
    logic [3:0] l2_latency;
    logic [3:0] walk_start;
    logic [3:0] walk_step;
    logic [3:0] ipa_latency;
    logic       armv7;
    logic [1:0] bbm;
    logic [2:0] pa_size;
  } config_t;

  // The sizes held by each TLB, as vectors of Ranks bits: an L1's with sets has those of its second array alone. And what
  // the second arrays hold, bit n: 2^n bytes.
  typedef struct packed {
    logic [12:0] l1i;
    logic [12:0] l1d;
    logic [12:0] l2;
    logic [63:0] l1i_large;
    logic [63:0] l1d_large;
    logic [63:0] l2_large;
  } held_t;

  // What look-ups need of the registers.
  typedef struct packed {
    logic       stage1_on;
    logic       stage2_on;
    logic       aarch32;
    logic       one_privilege;  // regime 1
    logic       short_format;
    logic [2:0] t0sz;           // AArch32; short descriptors: N
    logic [2:0] t1sz;
    half_t      lower;
    half_t      upper;
    logic [7:0] flat_data;      // attributes while stage 1 is off
    logic [7:0] flat_fetch;
    logic [1:0] flat_sh;
    logic       data_off;       // stage 2 makes accesses non-cacheable
    logic       fetch_off;
  } lookup_t;

  // What a request past its port still is, besides its address and id.
  typedef struct packed {
    logic [1:0] kind;
    logic       privileged;
    logic       pan;
    logic [1:0] at;
    logic       par_long;
    logic       prfm;
    logic       bypass;    // uses no TLB
    logic       prefetch;  // of no port: answers nothing, fills the L2 alone
    logic       half;      // of the key
  } access_t;

  // Stage 1 of the regime, for one half.
  typedef struct packed {
    logic [63:0] mair;
    logic [51:0] base;
    logic        base_fault;
    logic        epd;           // EPD or PD
    logic [2:0]  epd_level;     // level + 1 of its fault
    logic [5:0]  input_size;    // bits of VA; short: of the index of this half's first table, 32 - N
    logic [5:0]  output_size;
    logic [2:0]  start_level;   // level + 1
    logic [1:0]  granule;
    logic        short_format;
    logic        aarch32;
    logic        one_privilege; // regime 1
    logic        armv7;
    logic        big_endian;
    logic        hpd;
    logic        ha;            // in effect
    logic        hd;
    logic        ds;
    logic        wide;          // OA[51:48] in desc[15:12]
    logic [1:0]  sh;            // TCR.SHn, for ds
    logic        afe;
    logic        tre;
    logic        bbm;           // nT counts
  } stage1_t;

  // Stage 2.
  typedef struct packed {
    logic        on;
    logic [15:0] vmid;          // current, whether stage 2 is on or not
    logic [51:0] base;
    logic        size_fault;    // T0SZ out of range, or a start level that is none or does not fit
    logic        base_fault;
    logic [5:0]  input_size;    // bits of IPA
    logic [5:0]  checked_size;  // the same, for the check of an IPA
    logic [5:0]  output_size;
    logic [2:0]  start_level;   // level + 1
    logic [1:0]  granule;
    logic        aarch32;
    logic        armv7;
    logic        big_endian;
    logic        ha;            // in effect
    logic        hd;
    logic        ds;
    logic        wide;
    logic [1:0]  sh;            // VTCR.SH0, for ds
    logic        ptw;
    logic        fwb;
    logic        data_off;      // HCR.CD in effect
    logic        fetch_off;     // HCR.ID in effect
    logic        bbm;
  } stage2_t;

  // What misses need of the registers, by half: sizes in use; bits of VA[15:12] above the page in which misses merge.
  typedef struct packed {
    logic [12:0] in_use_lower;
    logic [12:0] in_use_upper;
    logic [3:0]  merge_lower;
    logic [3:0]  merge_upper;
    logic        changed;      // the registers, in the cycle before
  } misses_t;

  // What the counters need to know of walks and prefetches, besides responses.
  typedef struct packed {
    logic read;             // the walk that answers has read
    logic fetch_acts;       // the walk that acts is a fetch's, a prefetch's
    logic prefetch_acts;
    logic prefetch_looked;  // a look-up of a prefetch has ended, by a match
    logic prefetch_hit;
    logic prefetch_walked;  // a walk of a prefetch has ended, and filled
    logic prefetch_filled;
  } events_t;

  // Controls of permission, as the registers have them.
  typedef struct packed {
    logic        wxn;
    logic        uwxn;
    logic        epan;
    logic        aarch32;
    logic        short_format;
    logic [31:0] dacr;
  } control_t;

  // A TLBI: what it drops, and where.
  typedef struct packed {
    logic [3:0]  what;
    logic        el2;
    logic        any_vmid;
    logic [15:0] vmid;
    logic [15:0] asid;
    logic        half;
    logic [39:0] first;     // pages of 4 KiB
    logic [39:0] last;
    logic        by_level;  // only entries of `level`
    logic [1:0]  level;
  } tlbi_t;

  // What a walk's next act is.
  typedef enum logic [1:0] {
    ActFirst,
    ActLook,     // the IPA cache is looked at
    ActArrival,  // a descriptor has come
    ActTable     // a table descriptor is looked up in the L2
  } walk_act_e;

  // What an IPA is translated for.
  localparam logic [1:0] PurposeTable = 2'd0;
  localparam logic [1:0] PurposeUpdate = 2'd1;
  localparam logic [1:0] PurposeOutput = 2'd2;

  localparam int LeafWidth = 35;
  localparam int Leaf2Width = 20;
  localparam int Leaf2Clean = 1;  // bit of leaf2_t
  localparam int WorldWidth = 19;
  localparam int AccessWidth = 11;
  localparam int Ranks = 13;  // sizes, in ascending order

  // Replacement policies, as in tablewalk/config.h
  localparam int ReplaceLru = 0;
  localparam int ReplacePlru = 1;
  localparam int ReplaceFifo = 2;
  localparam int ReplaceRandom = 3;
  localparam int ReplaceNru = 4;

  localparam logic [1:0] KindRead = 2'd0;
  localparam logic [1:0] KindWrite = 2'd1;
  localparam logic [1:0] KindFetch = 2'd2;

  localparam logic [2:0] FoundNone = 3'd0;
  localparam logic [2:0] FoundL1 = 3'd1;
  localparam logic [2:0] FoundL2 = 3'd2;
  localparam logic [2:0] FoundWalk = 3'd3;
  localparam logic [2:0] FoundMerged = 3'd5;

  localparam logic [2:0] RegimeEl10 = 3'd0;
  localparam logic [2:0] RegimeEl2 = 3'd1;
  localparam logic [2:0] RegimeEl20 = 3'd2;
  localparam logic [2:0] RegimePl10 = 3'd3;

  // Operations of a TLBI, bits 3:0
  localparam logic [3:0] OpAll = 4'd0;
  localparam logic [3:0] OpVmall = 4'd1;
  localparam logic [3:0] OpVmalls12 = 4'd2;
  localparam logic [3:0] OpAsid = 4'd3;
  localparam logic [3:0] OpVa = 4'd4;
  localparam logic [3:0] OpVaa = 4'd5;
  localparam logic [3:0] OpVal = 4'd6;
  localparam logic [3:0] OpVaal = 4'd7;
  localparam logic [3:0] OpIpas2 = 4'd8;
  localparam logic [3:0] OpIpas2l = 4'd9;
  localparam logic [3:0] OpDsb = 4'd10;
  localparam logic [3:0] OpNone = 4'd15;

  localparam logic [1:0] Granule4K = 2'd0;
  localparam logic [1:0] Granule16K = 2'd1;
  localparam logic [1:0] Granule64K = 2'd2;

  // Fault status codes without their level.
  localparam logic [5:0] FscAddressSize = 6'h00;
  localparam logic [5:0] FscTranslation = 6'h04;
  localparam logic [5:0] FscAccessFlag = 6'h08;
  localparam logic [5:0] FscPermission = 6'h0c;
  localparam logic [5:0] FscWalkAbort = 6'h14;
  localparam logic [5:0] FscNoAtomics = 6'h31;
  localparam logic [5:0] FscDomain = 6'h3c;

  // A fault status code with its level; level -1 has codes of its own.
  function automatic logic [5:0] fault_code(input logic [5:0] kind, input logic [2:0] level);
    if (level != 3'd0) fault_code = kind | {3'd0, level - 3'd1};
    else if (kind == FscAddressSize) fault_code = 6'h29;
    else if (kind == FscTranslation) fault_code = 6'h2b;
    else fault_code = 6'h13;
  endfunction

  // Bits of a PA size coded as in ID_AA64MMFR0.PARange.
  function automatic logic [5:0] address_bits(input logic [2:0] code);
    case (code)
      3'd0: address_bits = 6'd32;
      3'd1: address_bits = 6'd36;
      3'd2: address_bits = 6'd40;
      3'd3: address_bits = 6'd42;
      3'd4: address_bits = 6'd44;
      3'd5: address_bits = 6'd48;
      default: address_bits = 6'd52;
    endcase
  endfunction

  // The lesser of a size in a register and the implemented one; 52 bits only where descriptors can have them.
  function automatic logic [2:0] output_code(input logic [2:0] code, input logic [2:0] pa_size, input logic has_52);
    output_code = (code < pa_size) ? code : pa_size;
    if (output_code >= 3'd6) output_code = has_52 ? 3'd6 : 3'd5;
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

  // Lowest VA bit that the index at a level resolves, short descriptors.
  function automatic logic [5:0] short_index_low(input logic [2:0] level);
    short_index_low = (level == 3'd2) ? 6'd20 : 6'd12;
  endfunction

  // All sizes in ascending order. A set of them is a vector of Ranks bits.
  function automatic logic [5:0] size_of_rank(input logic [3:0] rank);
    case (rank)
      4'd0: size_of_rank = 6'd12;
      4'd1: size_of_rank = 6'd14;
      4'd2: size_of_rank = 6'd16;
      4'd3: size_of_rank = 6'd20;
      4'd4: size_of_rank = 6'd21;
      4'd5: size_of_rank = 6'd24;
      4'd6: size_of_rank = 6'd25;
      4'd7: size_of_rank = 6'd29;
      4'd8: size_of_rank = 6'd30;
      4'd9: size_of_rank = 6'd34;
      4'd10: size_of_rank = 6'd36;
      4'd11: size_of_rank = 6'd39;
      default: size_of_rank = 6'd42;
    endcase
  endfunction

  // Which are in `sizes` (bit n: 2^n bytes).
  function automatic logic [Ranks-1:0] ranks_held(input logic [63:0] sizes);
    for (int rank = 0; rank < Ranks; rank++) ranks_held[rank] = sizes[size_of_rank(rank[3:0])];
  endfunction

  // Largest size of `ranks` that is not larger than `size`.
  function automatic logic [5:0] splinter(input logic [Ranks-1:0] ranks, input logic [5:0] size);
    logic [5:0] candidate;
    splinter = 6'd12;
    for (int rank = 0; rank < Ranks; rank++) begin
      candidate = size_of_rank(rank[3:0]);
      if (ranks[rank] && (candidate <= size)) splinter = candidate;
    end
  endfunction

  // Does a TLBI name this world?
  function automatic logic tlbi_names(input logic el2, input logic any_vmid, input logic [15:0] vmid,
                                      input logic [WorldWidth-1:0] world);
    if (el2) tlbi_names = (world[18:16] == RegimeEl2) || (world[18:16] == RegimeEl20);
    else begin
      tlbi_names = ((world[18:16] == RegimeEl10) || (world[18:16] == RegimePl10)) &&
                   (any_vmid || (world[15:0] == vmid));
    end
  endfunction

  // Is the half what a TLBI asks for? AArch32 has none there.
  function automatic logic tlbi_same_half(input logic half, input logic asked, input logic [2:0] regime);
    tlbi_same_half = (half == asked) || (regime == RegimePl10);
  endfunction

  // Does what `page` and the bits that `mask` leaves open cover meet the pages of a TLBI?
  function automatic logic tlbi_meets(input logic [39:0] page, input logic [39:0] mask,
                                      input logic [39:0] first, input logic [39:0] last);
    tlbi_meets = ((page & mask) <= last) && ((page | ~mask) >= first);
  endfunction

  // Does a TLBI drop a TLB entry of a world that it names? `met`: its span meets the pages, its level is asked for.
  function automatic logic tlbi_drops(input logic [3:0] what, input logic is_global,
                                      input logic same_asid, input logic met);
    case (what)
      OpAll, OpVmall, OpVmalls12: tlbi_drops = 1'b1;
      OpAsid: tlbi_drops = !is_global && same_asid;
      OpVa, OpVal: tlbi_drops = met && (is_global || same_asid);
      OpVaa, OpVaal: tlbi_drops = met;
      default: tlbi_drops = 1'b0;
    endcase
  endfunction

  // Does it drop a table descriptor of a world that it names? `met`: its region meets the pages.
  function automatic logic tlbi_drops_table(input logic [3:0] what, input logic same_asid, input logic met);
    case (what)
      OpAll, OpVmall, OpVmalls12: tlbi_drops_table = 1'b1;
      OpAsid: tlbi_drops_table = same_asid;
      OpVa: tlbi_drops_table = met && same_asid;
      OpVaa: tlbi_drops_table = met;
      default: tlbi_drops_table = 1'b0;
    endcase
  endfunction

  // Lowest VA bit that a table descriptor of a level resolves.
  function automatic logic [5:0] table_low(input logic short_format, input logic [1:0] granule, input logic [2:0] level);
    table_low = short_format ? short_index_low(level) : index_low(granule, level);
  endfunction

  // Bits of a table's index.
  function automatic logic [39:0] index_mask(input logic [1:0] granule);
    case (granule)
      Granule4K: index_mask = 40'h1ff;
      Granule16K: index_mask = 40'h7ff;
      default: index_mask = 40'h1fff;
    endcase
  endfunction

  // Bytes of a big-endian descriptor in order, and back.
  function automatic logic [63:0] swap_bytes(input logic [63:0] value);
    swap_bytes = {
      value[7:0], value[15:8], value[23:16], value[31:24], value[39:32], value[47:40], value[55:48], value[63:56]
    };
  endfunction

endpackage
