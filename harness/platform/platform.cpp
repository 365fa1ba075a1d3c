// The C API: chooses the RTL build, holds the SystemC simulation, and enters it.
//
// SystemC keeps its simulation in a global pointer. Each platform has a simulation of its own and sets the pointer
// whenever it is entered, so that several live in one process.
#include "platform.h"
#include "mmu_module.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <string>

/// libsystemc asks for it; programs here have a main of their own.
extern "C" int sc_main(int, char **) { return 0; }

struct tw_platform {
  sc_core::sc_simcontext *context = nullptr;
  const tw::Variant *variant = nullptr;
  std::unique_ptr<tw::MemoryTarget> memory;
  std::unique_ptr<tw::MmuModule> mmu;
  std::string error;
};

namespace {

void enter(const tw_platform *platform) {
  sc_core::sc_curr_simcontext = platform->context;
  sc_core::sc_default_global_context = platform->context;
}

int fail(tw_platform *platform, const char *text) {
  platform->error = text;
  return -1;
}

// ---- the RTL build for a geometry ----

struct Parameter {
  const char *name;
  uint32_t wanted, built;
  bool at_most; ///< less than what is built can be used too
  bool fits() const { return at_most ? wanted <= built : wanted == built; }
};
enum { kParametersMax = 32 };

/// The parameters of both, in the order in which a difference is told; how many they are.
unsigned list_parameters(const tw_mmu_config &c, const tw::Geometry &built, Parameter *list) {
  const uint32_t *wc = c.walk_cache_entries, *built_wc = built.walk_cache_entries;
  const Parameter all[] = {
      {"l1i.entries", c.l1i.entries, built.l1i.entries, false},
      {"l1d.entries", c.l1d.entries, built.l1d.entries, false},
      {"l2.sets", c.l2.sets, built.l2.sets, false},
      {"l2.ways", c.l2.ways, built.l2.ways, false},
      {"walk_cache_entries[-1]", wc[0], built_wc[0], false},
      {"walk_cache_entries[0]", wc[1], built_wc[1], false},
      {"walk_cache_entries[1]", wc[2], built_wc[2], false},
      {"walk_cache_entries[2]", wc[3], built_wc[3], false},
      {"ipa_cache_entries", c.ipa_cache_entries, built.ipa_cache_entries, false},
      {"l1i.ways", c.l1i.ways, built.l1i.ways, false},
      {"l1d.ways", c.l1d.ways, built.l1d.ways, false},
      {"l1i.large.entries", c.l1i.large.entries, built.l1i.large_entries, false},
      {"l1d.large.entries", c.l1d.large.entries, built.l1d.large_entries, false},
      {"l2.large.sets", c.l2.large.sets, built.l2.large_sets, false},
      {"l2.large.ways", c.l2.large.ways, built.l2.large_sets ? built.l2.large_ways : 0U, false},
      {"l1i.replacement", c.l1i.replacement, built.l1i.replacement, false},
      {"l1d.replacement", c.l1d.replacement, built.l1d.replacement, false},
      {"l1i.large.replacement", c.l1i.large.replacement, built.l1i.large_replacement, false},
      {"l1d.large.replacement", c.l1d.large.replacement, built.l1d.large_replacement, false},
      {"l2.replacement", c.l2.replacement, built.l2.replacement, false},
      {"l2.large.replacement", c.l2.large.replacement, built.l2.large_replacement, false},
      {"walk_cache_replacement", c.walk_cache_replacement, built.walk_cache_replacement, false},
      {"walk_caches_in_l2", c.walk_caches_in_l2, built.walk_caches_in_l2, false},
      {"ipa_cache_replacement", c.ipa_cache_replacement, built.ipa_cache_replacement, false},
      {"misses", c.misses, built.misses, true},
      {"walks", c.walks, built.walks, true},
  };
  static_assert(sizeof all / sizeof *all <= kParametersMax, "kParametersMax");
  std::copy(std::begin(all), std::end(all), list);
  return sizeof all / sizeof *all;
}

/// The first parameter that does not fit, or kParametersMax.
unsigned first_difference(const tw_mmu_config &config, const tw::Variant &variant, Parameter *list) {
  unsigned count = list_parameters(config, variant.geometry, list), i = 0;
  while (i < count && list[i].fits())
    i++;
  return i < count ? i : static_cast<unsigned>(kParametersMax);
}

std::string describe(const tw::Variant &variant) {
  const tw::Geometry &g = variant.geometry;
  char text[200];
  std::snprintf(text, sizeof text,
                "%s (l1i %u, l1d %u, l2 %ux%u, walk caches %u %u %u %u, IPA cache %u, misses %u, walks %u)",
                variant.name, g.l1i.entries, g.l1d.entries, g.l2.sets, g.l2.ways, g.walk_cache_entries[0],
                g.walk_cache_entries[1], g.walk_cache_entries[2], g.walk_cache_entries[3], g.ipa_cache_entries,
                g.misses, g.walks);
  return text;
}

const tw::Variant *refuse(const tw_mmu_config &config, const tw::Variant *nearest, tw_error *error) {
  std::string built;
  size_t count = 0;
  const tw::Variant *const *all = tw::variants(&count);
  for (size_t i = 0; i < count; i++)
    if (!all[i]->faults)
      built += std::string(built.empty() ? "" : ", ") + all[i]->name;
  Parameter list[kParametersMax];
  const Parameter &p = list[first_difference(config, *nearest, list)];
  tw_fail(error,
          "no RTL build has %s %u with the other sizes wanted; nearest: %s; built: %s; add one with "
          "tablewalk_rtl() in harness/platform/CMakeLists.txt",
          p.name, p.wanted, describe(*nearest).c_str(), built.c_str());
  return nullptr;
}

const tw::Variant *by_geometry(const tw_mmu_config &config, tw_error *error) {
  size_t count = 0;
  const tw::Variant *const *all = tw::variants(&count);
  const tw::Variant *nearest = nullptr;
  unsigned agreed = 0;
  for (size_t i = 0; i < count; i++) {
    if (all[i]->faults)
      continue;
    Parameter list[kParametersMax];
    unsigned first = first_difference(config, *all[i], list);
    if (first == kParametersMax)
      return all[i];
    if (!nearest || first > agreed) {
      nearest = all[i];
      agreed = first;
    }
  }
  if (nearest)
    return refuse(config, nearest, error);
  tw_fail(error, "no RTL build without faults; add one with tablewalk_rtl() in harness/platform/CMakeLists.txt");
  return nullptr;
}

const tw::Variant *by_name(const char *name, tw_error *error) {
  size_t count = 0;
  const tw::Variant *const *all = tw::variants(&count);
  std::string names;
  for (size_t i = 0; i < count; i++) {
    if (std::strcmp(all[i]->name, name) == 0)
      return all[i];
    names += (i ? ", " : "") + std::string(all[i]->name);
  }
  tw_fail(error, "no RTL build is named %s; built: %s", name, names.c_str());
  return nullptr;
}

const tw::Variant *by_name_and_geometry(const tw_mmu_config &config, const char *name, tw_error *error) {
  const tw::Variant *variant = by_name(name, error);
  if (!variant)
    return nullptr;
  Parameter list[kParametersMax];
  unsigned first = first_difference(config, *variant, list);
  if (first == kParametersMax)
    return variant;
  tw_fail(error, "RTL build %s: %s is %u, but the core has %u", name, list[first].name, list[first].built,
          list[first].wanted);
  return nullptr;
}

const tw::Variant *choose(const tw_mmu_config &config, const tw_platform_options &options, tw_error *error) {
  const tw::Variant *variant =
      options.variant ? by_name_and_geometry(config, options.variant, error) : by_geometry(config, error);
  if (!variant)
    return nullptr;
  if (options.fault && !variant->faults) {
    tw_fail(error, "RTL build %s has no deliberate faults: fault %u can't be switched on", variant->name,
            options.fault);
    return nullptr;
  }
  if (options.fst && !variant->waves) {
    tw_fail(error, "RTL build %s has no waves: add TRACE to its tablewalk_rtl()", variant->name);
    return nullptr;
  }
  return variant;
}

bool configs_are_right(const tw_mmu_config *config, const tw_memory_config *memory, tw_error *error) {
  tw_config_error wrong;
  if (!tw_mmu_config_check(config, &wrong) && !tw_memory_config_check(memory, &wrong))
    return true;
  tw_fail(error, "%s is %llu, expected %s", wrong.parameter, static_cast<unsigned long long>(wrong.found),
          wrong.expected);
  return false;
}

// ---- the simulation ----

int build(tw_platform *platform, const tw_mmu_config &config, const tw_memory_config &memory,
          const tw_platform_options &options, tw_error *error) {
  platform->context = new sc_core::sc_simcontext();
  enter(platform);
  sc_core::sc_report_handler::set_actions(sc_core::SC_ID_NO_SC_START_ACTIVITY_, sc_core::SC_DO_NOTHING);
  std::unique_ptr<tw::Dut> dut = platform->variant->create();
  dut->set_config(config);
  dut->set_registers({});
  dut->set_fault(options.fault);
  platform->memory = std::make_unique<tw::MemoryTarget>("memory", memory);
  if (!platform->memory->memory())
    return tw_fail(error, "out of memory");
  platform->mmu = std::make_unique<tw::MmuModule>("mmu", std::move(dut), *platform->memory, config.coalesce != 0);
  platform->mmu->socket.bind(platform->memory->socket);
  if (!platform->mmu->ready_after_reset())
    return tw_fail(error, "RTL build %s is not ready after reset", platform->variant->name);
  if (options.fst && !platform->mmu->open_waves(options.fst))
    return tw_fail(error, "%s: can't write waves", options.fst);
  return 0;
}

} // namespace

tw_platform *tw_platform_open(const tw_mmu_config *config, const tw_memory_config *memory,
                              const tw_platform_options *options, tw_error *error) {
  const tw_platform_options chosen = options ? *options : tw_platform_options{};
  if (!configs_are_right(config, memory, error))
    return nullptr;
  const tw::Variant *variant = choose(*config, chosen, error);
  if (!variant)
    return nullptr;
  tw_platform *platform = new tw_platform;
  platform->variant = variant;
  if (build(platform, *config, *memory, chosen, error)) {
    tw_platform_close(platform);
    return nullptr;
  }
  return platform;
}

void tw_platform_close(tw_platform *platform) {
  if (!platform)
    return;
  enter(platform);
  platform->mmu.reset();
  platform->memory.reset();
  delete platform->context;
  sc_core::sc_curr_simcontext = nullptr;
  sc_core::sc_default_global_context = nullptr;
  delete platform;
}

const char *tw_platform_error(const tw_platform *platform) { return platform->error.c_str(); }
const char *tw_platform_variant(const tw_platform *platform) { return platform->variant->name; }

const char *tw_platform_built(size_t index) {
  size_t count = 0;
  const tw::Variant *const *all = tw::variants(&count);
  return index < count ? all[index]->name : nullptr;
}

static void take(const tw::L1Geometry &built, tw_l1_config *l1) {
  l1->entries = built.entries;
  l1->ways = built.ways;
  l1->replacement = built.replacement;
  l1->large.entries = built.large_entries;
  l1->large.replacement = built.large_replacement;
}

static void take(const tw::L2Geometry &built, tw_l2_config *l2) {
  l2->sets = built.sets;
  l2->ways = built.ways;
  l2->replacement = built.replacement;
  l2->large.sets = built.large_sets;
  l2->large.ways = built.large_sets ? built.large_ways : 0;
  l2->large.replacement = built.large_replacement;
}

int tw_platform_geometry(const char *name, tw_mmu_config *config, tw_error *error) {
  const tw::Variant *variant = by_name(name, error);
  if (!variant)
    return -1;
  const tw::Geometry &g = variant->geometry;
  take(g.l1i, &config->l1i);
  take(g.l1d, &config->l1d);
  take(g.l2, &config->l2);
  std::memcpy(config->walk_cache_entries, g.walk_cache_entries, sizeof config->walk_cache_entries);
  config->walk_cache_replacement = g.walk_cache_replacement;
  config->walk_caches_in_l2 = g.walk_caches_in_l2;
  config->ipa_cache_entries = g.ipa_cache_entries;
  config->ipa_cache_replacement = g.ipa_cache_replacement;
  config->misses = g.misses;
  config->walks = g.walks;
  return 0;
}

// ---- requests and time ----

int tw_platform_set_registers(tw_platform *platform, const tw_registers *registers) {
  if (platform->mmu->busy())
    return fail(platform, "registers can't change: requests are in flight");
  if (registers->regime >= TW_REGIME_X86)
    return fail(platform, "the RTL has no x86-64 regime: expected an Arm one");
  if (platform->mmu->prefetching())
    return fail(platform, "registers can't change: a prefetch is under way");
  platform->mmu->dut().set_registers(*registers);
  return 0;
}

int tw_platform_submit(tw_platform *platform, const tw_request *request) {
  return platform->mmu->offer(*request) ? 0 : fail(platform, "the port still holds a request");
}

int tw_platform_submit_tlbi(tw_platform *platform, const tw_tlbi *tlbi) {
  return platform->mmu->offer(*tlbi) ? 0 : fail(platform, "the maintenance port still holds a request");
}

void tw_platform_run_until(tw_platform *platform, uint64_t cycle) {
  enter(platform);
  platform->mmu->run_until(cycle);
}

uint64_t tw_platform_now(const tw_platform *platform) { return platform->mmu->now(); }
bool tw_platform_busy(const tw_platform *platform) { return platform->mmu->busy(); }

void tw_platform_settle(tw_platform *platform) {
  enter(platform);
  platform->mmu->settle();
}

size_t tw_platform_collect(tw_platform *platform, tw_response *responses, tw_platform_syndrome *syndromes, size_t max) {
  return platform->mmu->collect(responses, syndromes, max);
}

static int play(tw_platform *platform, tw::Batch *batch) {
  enter(platform);
  if (platform->mmu->play(batch))
    return 0;
  char text[160];
  std::snprintf(text, sizeof text, "the RTL (%s) does not answer: request %zu of a batch of %zu, cycle %llu",
                platform->variant->name, batch->answered, batch->count,
                static_cast<unsigned long long>(platform->mmu->now()));
  return fail(platform, text);
}

int tw_platform_replay(tw_platform *platform, const tw_request *requests, size_t count, tw_response *responses,
                       tw_platform_syndrome *syndromes) {
  tw::Batch batch;
  batch.requests = requests;
  batch.count = count;
  batch.responses = responses;
  batch.syndromes = syndromes;
  return play(platform, &batch);
}

int tw_platform_maintain(tw_platform *platform, const tw_tlbi *tlbi, tw_response *response,
                         tw_platform_syndrome *syndrome) {
  tw::Batch batch;
  batch.tlbi = tlbi;
  batch.count = 1;
  batch.responses = response;
  batch.syndromes = syndrome;
  return play(platform, &batch);
}

int tw_platform_play(tw_platform *platform, const tw_play *requests, tw_platform_syndrome *syndromes) {
  if (platform->mmu->busy())
    return fail(platform, "a play can't begin: requests are in flight");
  tw::Batch batch;
  batch.requests = requests->requests;
  batch.gaps = requests->gaps;
  batch.count = requests->count;
  batch.window = requests->window;
  batch.responses = requests->responses;
  batch.syndromes = syndromes;
  return play(platform, &batch);
}

void tw_platform_set_response_port(tw_platform *platform, tw_response_port port) {
  platform->mmu->set_response_port(port);
}

// ---- what can be looked at ----

void tw_platform_log(tw_platform *platform, bool on) { platform->mmu->log(on); }

size_t tw_platform_drain(tw_platform *platform, tw_platform_access *accesses, size_t max) {
  return platform->mmu->drain(accesses, max);
}

void tw_platform_counters(tw_platform *platform, tw_counters *counters) {
  for (unsigned row = 0; row < TW_COUNTER_COUNT; row++)
    counters->value[row] = platform->mmu->dut().counter(row);
}

tw_memory *tw_platform_memory(tw_platform *platform) { return platform->memory->memory(); }

void tw_platform_interpose(tw_platform *platform, tw_memory_port port) { platform->memory->interpose(port); }

int tw_platform_renew_memory(tw_platform *platform) {
  return platform->memory->renew() ? 0 : fail(platform, "out of memory");
}

void tw_platform_end_waves(tw_platform *platform, bool keep) { platform->mmu->end_waves(keep); }
