# A covering set of small RTL builds: tests/lockstep/covering.c states the rule and checks it.
#
# The options of a build, by the values that the rule tells apart:
#
#   L1I, L1D          fully associative; 1 way; several ways and sets that are no power of two
#   their large array none; there
#   L2 sets, L2 ways  1; a power of two; another number
#   L2 large array    none; there
#   walk caches       none; for some levels; for all levels; in the L2
#   IPA cache         none; 1 entry; several
#   misses, walks     1; some; 16
#
# and the policy of each structure. Walk caches and IPA cache together make 4 * 3 pairs, so 12 builds are the least; they
# would have several IPA entries four times, for five policies. An L1 of one way has no choice to make, four builds must
# have it (for the walk caches' four values), and five policies in two other forms are 10 more: 14. Fifteen have all
# pairs that the rule demands. (All policies with all values of all options would need 25 builds at least: 15 with walk
# caches of their own, 5 with none and 5 with those in the L2; policies with policies 25 as well.)
#
# The first four are built always and run in the medium tier: they hold each value of each option. The
# others only with TABLEWALK_COVER=ON, which `./test long` sets, or when TABLEWALK_RTL_BUILDS names them.
option(TABLEWALK_COVER "Build the whole covering set of RTL builds" OFF)
set(cover_in_ci 4)
set_property(GLOBAL PROPERTY TABLEWALK_COVER_IN_CI ${cover_in_ci})

foreach(row IN ITEMS
    #    L1I: entries ways policy, large policy; L1D the same; L2: sets ways policy, large: sets ways policy;
    #    walk caches: -1 0 1 2, in the L2, policy; IPA entries policy; misses walks. Policy of what is not there: lru
    "1    6 2 nru    3 lru       5 1 lru    2 nru      4 3 nru    2 2 plru     1 2 3 5 0 plru     5 plru     16  1"
    "2    4 1 lru    2 random    6 0 fifo   0 lru      3 4 random 7 4 nru      0 0 0 0 0 lru      3 nru       1 16"
    "3    5 0 random 5 fifo      3 0 plru   5 fifo     1 5 fifo   0 1 lru      0 3 2 4 0 nru      1 lru       5 16"
    "4    6 0 plru   0 lru      12 4 random 3 lru      5 1 lru    1 3 random   0 0 0 0 1 lru      0 lru      16  3"
    "5   15 3 plru   4 nru       6 1 lru    0 lru      6 6 plru   5 2 fifo     2 0 3 3 0 random   4 random    3  2"
    "6    3 0 nru    6 lru      10 2 lru    0 lru      1 1 lru    3 3 plru     0 0 2 3 0 lru      6 fifo      1  1"
    "7    9 0 lru    3 random    4 1 lru    6 plru     2 1 lru    4 2 nru      0 0 0 0 0 lru      1 lru      16  4"
    "8   12 4 plru   0 lru       5 0 random 4 fifo     8 2 lru    1 5 fifo     0 0 0 0 1 lru      1 lru       1  1"
    "9   14 2 lru    0 lru       9 3 fifo   2 plru     1 7 random 0 1 lru      0 0 0 0 0 lru      0 lru       6  1"
    "10    5 1 lru    2 plru      3 1 lru    5 lru      1 3 lru    0 1 lru      0 0 0 0 1 lru      2 lru       1  3"
    "11   18 3 fifo   5 nru       8 0 lru    3 random   7 1 lru    0 1 lru      1 1 2 6 0 random   0 lru       1 16"
    "12    3 1 lru    0 lru       7 1 lru    0 lru      4 4 nru    0 1 lru      0 0 0 4 0 lru      0 lru      16 16"
    "13   15 5 random 4 fifo     12 2 plru   0 lru      2 2 fifo   2 2 random   0 0 0 0 1 lru      7 lru       4 16"
    "14    7 1 lru    6 plru     15 5 nru    0 lru      3 1 lru    7 4 lru      2 2 2 2 0 fifo     1 lru       5  1"
    "15    4 0 fifo   0 lru       4 0 nru    6 random   1 4 plru   1 3 lru      3 2 4 2 0 fifo     5 random   16  2")
  separate_arguments(row UNIX_COMMAND "${row}")
  list(POP_FRONT row number l1i l1i_ways l1i_policy l1i_large l1i_large_policy l1d l1d_ways l1d_policy l1d_large
       l1d_large_policy sets ways l2_policy l2_large l2_large_ways l2_large_policy m1 l0 l1 l2 in_l2 wc_policy ipa
       ipa_policy misses walks)
  set(name cover-${number})
  set(parameters
      L1iEntries=${l1i} L1iWays=${l1i_ways} L1iReplacement=${l1i_policy} L1iLargeEntries=${l1i_large}
      L1iLargeReplacement=${l1i_large_policy} L1dEntries=${l1d} L1dWays=${l1d_ways} L1dReplacement=${l1d_policy}
      L1dLargeEntries=${l1d_large} L1dLargeReplacement=${l1d_large_policy} L2Sets=${sets} L2Ways=${ways}
      L2Replacement=${l2_policy} L2LargeSets=${l2_large} L2LargeWays=${l2_large_ways}
      L2LargeReplacement=${l2_large_policy} WcEntriesM1=${m1} WcEntries0=${l0} WcEntries1=${l1} WcEntries2=${l2}
      WcInL2=${in_l2} WcReplacement=${wc_policy} IpaEntries=${ipa} IpaReplacement=${ipa_policy} Misses=${misses}
      Walks=${walks})
  # For the check of the set: the numbers with the braces of tw_build there.
  _tablewalk_rtl_parameters(numbers ${parameters})
  list(TRANSFORM numbers REPLACE ".*=" "")
  list(TRANSFORM numbers PREPEND "{" AT 0 5 10 16)
  list(TRANSFORM numbers APPEND "}" AT 4 9 15 19)
  list(JOIN numbers ", " numbers)
  set_property(GLOBAL APPEND_STRING PROPERTY TABLEWALK_COVER_BUILDS "    {\"${name}\", {${numbers}}},\n")
  if(number LESS_EQUAL cover_in_ci)
    tablewalk_rtl(NAME ${name} ASSERT PARAMETERS ${parameters})
  elseif(TABLEWALK_COVER OR name IN_LIST TABLEWALK_RTL_BUILDS)
    tablewalk_rtl(NAME ${name} ASSERT QUICK PARAMETERS ${parameters})
  endif()
  set_property(GLOBAL APPEND PROPERTY TABLEWALK_COVER_NAMES ${name})
endforeach()
