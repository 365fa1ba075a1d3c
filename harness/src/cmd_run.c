// tablewalk run: traces through the C model.
#include "cmd_replay.h"

static const tw_command command = {
    .name = "run",
    .arguments = "TRACE...",
    .about =
        "Plays traces through the C model, TLB maintenance and descriptor writes where they stand: one access after\n"
        "the other, or with --issue many at once. A line a trace: accesses, faults, physical addresses compared with\n"
        "the machine's and differing, cycles, walks, hit rates. L2 hit is the share of the L1's misses that asked the\n"
        "L2; Macc/s is the host's speed. Below it the metrics of the Arm PMU, of all traces together; JSON and CSV\n"
        "have them for each trace, JSON also all counters. With --tables the accesses go through x86-64 tables of\n"
        "four or five levels that map the same addresses with the same permissions.\n",
    .examples = "  tablewalk run k61-4k-on.twt\n"
                "  tablewalk run --core cortex-a53 --json=a53.json k61-4k-on.twt k61-4k-full.twt\n"
                "  tablewalk run --issue overlapped --window 8 --ipc 2.5 k61-4k-on.twt\n"
                "  tablewalk run --regions --csv=regions.csv k61-4k-on.twt\n"
                "  tablewalk run --tables x86-64 k61-4k-on.twt\n",
    .options = 1ULL << TW_OPTION_CORE | 1ULL << TW_OPTION_JSON | 1ULL << TW_OPTION_CSV | 1ULL << TW_OPTION_KEEP_GOING |
               1ULL << TW_OPTION_QUIET | 1ULL << TW_OPTION_NO_DATA_TRAFFIC | 1ULL << TW_OPTION_TABLES |
               1ULL << TW_OPTION_ISSUE | 1ULL << TW_OPTION_WINDOW | 1ULL << TW_OPTION_IPC | 1ULL << TW_OPTION_COUNTERS |
               1ULL << TW_OPTION_BY_REGION,
    .least = 1,
    .most = (size_t)-1,
};

int tw_cmd_run(int argc, char **argv) { return tw_replay_command(&command, TW_ENGINE_MODEL, argc, argv); }
