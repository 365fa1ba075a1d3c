// tablewalk cosim: traces through the model and the RTL in lockstep.
#include "cmd_replay.h"

static const tw_command command = {
    .name = "cosim",
    .arguments = "TRACE...",
    .about =
        "Plays traces through the C model and the RTL in lockstep, each with a memory of its own. Every response\n"
        "(cycle, address, attributes, fault, where it was found) and every memory access of the walker is compared,\n"
        "the counters at the end, and every physical address with the machine's. The first difference between the\n"
        "sides stops the run and is printed with the last events of both. With --fst, accesses that overlap are\n"
        "played in pieces of 1024, so that a difference lies in the waves' window.\n",
    .examples = "  tablewalk cosim k61-4k-on.twt\n"
                "  tablewalk cosim --issue overlapped k61-4k-on.twt\n"
                "  tablewalk cosim --core cortex-a53 --fst differs.fst k61-4k-on.twt\n",
    .options = 1ULL << TW_OPTION_CORE | 1ULL << TW_OPTION_JSON | 1ULL << TW_OPTION_CSV | 1ULL << TW_OPTION_FST |
               1ULL << TW_OPTION_KEEP_GOING | 1ULL << TW_OPTION_QUIET | 1ULL << TW_OPTION_NO_DATA_TRAFFIC |
               1ULL << TW_OPTION_TABLES | 1ULL << TW_OPTION_ISSUE | 1ULL << TW_OPTION_WINDOW | 1ULL << TW_OPTION_IPC |
               1ULL << TW_OPTION_COUNTERS | 1ULL << TW_OPTION_BY_REGION,
    .least = 1,
    .most = (size_t)-1,
};

int tw_cmd_cosim(int argc, char **argv) { return tw_replay_command(&command, TW_ENGINE_LOCKSTEP, argc, argv); }
