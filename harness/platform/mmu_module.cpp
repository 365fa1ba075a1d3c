// The MMU's clock domain as a SystemC module.
#include "mmu_module.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace tw {

MmuModule::MmuModule(const sc_core::sc_module_name &name, std::unique_ptr<Dut> dut, MemoryTarget &memory, bool lines)
    : sc_core::sc_module(name), socket("socket"), dut_(std::move(dut)), memory_(memory), lines_(lines) {
  payload_.set_data_ptr(reinterpret_cast<unsigned char *>(&data_));
  payload_.set_byte_enable_ptr(nullptr);
  payload_.set_extension(walk_);
  ready_ = dut_->reset(&outputs_);
  SC_HAS_PROCESS(MmuModule);
  SC_METHOD(run);
  sensitive << wake_;
  dont_initialize();
}

// ---- time ----

/// The SC_METHOD: cycles until there is nothing to do or the quantum is over.
void MmuModule::run() {
  uint64_t end = now_ + kQuantum;
  while (now_ < end && (batch_ || now_ < until_)) {
    step();
    if (batch_ && (batch_->answered == batch_->count || hung())) {
      until_ = now_;
      batch_ = nullptr;
    }
  }
  if (batch_ || now_ < until_)
    next_trigger(cycles(now_) - sc_core::sc_time_stamp());
  else
    next_trigger(wake_);
}

/// Let SystemC run until the method waits to be woken, and its time come to that of the last cycle.
void MmuModule::wake_and_run() {
  wake_.notify(sc_core::SC_ZERO_TIME);
  sc_core::sc_start();
  sc_core::sc_time behind = cycles(now_) - sc_core::sc_time_stamp();
  if (behind != sc_core::SC_ZERO_TIME)
    sc_core::sc_start(behind, sc_core::SC_RUN_TO_TIME);
}

void MmuModule::run_until(uint64_t cycle) {
  if (cycle <= now_)
    return;
  until_ = cycle;
  wake_and_run();
}

void MmuModule::settle() {
  uint64_t end = now_ + kHangCycles;
  while ((outputs_.prefetching || outputs_.prefetch_waits) && now_ < end)
    run_until(now_ + 1);
}

bool MmuModule::hung() const { return now_ > awaited_since_ + kHangCycles; }

bool MmuModule::play(Batch *batch) {
  if (!batch->count)
    return true;
  if (busy())
    return false;
  batch_ = batch;
  batch->offered_at = awaited_since_ = now_;
  wake_and_run();
  return batch->answered == batch->count;
}

// ---- one cycle ----

void MmuModule::step() {
  DutInputs inputs;
  if (batch_)
    feed_batch();
  if (outputs_.accesses)
    access_memory();
  drive(&inputs);
  unsigned ready = dut_->cycle(inputs, &outputs_);
  accept(inputs, ready);
  now_++;
  if (!waves_path_.empty() && now_ >= waves_turn_)
    turn_waves();
  observe();
}

void MmuModule::drive(DutInputs *inputs) {
  if (held_[kPortData] && request_[kPortData].cycle <= now_)
    inputs->data = &request_[kPortData];
  if (held_[kPortFetch] && request_[kPortFetch].cycle <= now_)
    inputs->fetch = &request_[kPortFetch];
  if (held_tlbi_[kOwn] || held_tlbi_[kOutside])
    drive_maintenance(inputs);
  if (!arrivals_.empty())
    deliver(inputs);
  if (!in_flight_.empty() || outputs_.prefetching)
    drive_credits(inputs);
}

void MmuModule::drive_maintenance(DutInputs *inputs) {
  if (held_tlbi_[kOwn] && tlbi_[kOwn].cycle <= now_)
    inputs->tlbi = &tlbi_[kOwn];
  if (held_tlbi_[kOutside] && tlbi_[kOutside].cycle <= now_)
    inputs->outside = &tlbi_[kOutside];
}

/// Both are for the next cycle. What is not yet in flight needs none in it.
void MmuModule::drive_credits(DutInputs *inputs) {
  inputs->memory_ready = memory_.open(now_ + 1);
  if (response_port_.open_at)
    inputs->miss_ready = response_port_.open_at(response_port_.context, now_ + 1) == now_ + 1;
}

/// Ports that were valid and ready in the cycle: their requests are under way.
void MmuModule::accept(const DutInputs &inputs, unsigned ready) {
  const tw_tlbi *maintenance[kMaintenancePorts] = {inputs.tlbi, inputs.outside};
  const unsigned maintenance_bits[kMaintenancePorts] = {kReadyTlbi, kReadyOutside};
  for (unsigned port = 0; port < kMaintenancePorts; port++) {
    if (!maintenance[port] || !(ready & maintenance_bits[port]))
      continue;
    in_flight_.push_back({now_, maintenance[port]->id, TW_KIND_TLBI, 0, 0, static_cast<uint8_t>(port == kOutside)});
    held_tlbi_[port] = false;
  }
  const tw_request *requests[kPorts] = {inputs.data, inputs.fetch};
  const unsigned bits[kPorts] = {kReadyData, kReadyFetch};
  for (unsigned port = 0; port < kPorts; port++) {
    if (!requests[port] || !(ready & bits[port]))
      continue;
    const tw_request &r = *requests[port];
    in_flight_.push_back({now_, r.id, r.kind, r.el, r.at, 0});
    held_[port] = false;
  }
}

void MmuModule::access_memory() {
  tw_mem_request &request = walk_->request;
  request = outputs_.access;
  request.cycle = now_;
  request.line = lines_ && request.kind == TW_MEM_READ && request.size_log2 == 3;
  bool reads = request.kind == TW_MEM_READ;
  payload_.set_command(reads ? tlm::TLM_READ_COMMAND : tlm::TLM_IGNORE_COMMAND);
  payload_.set_address(request.pa);
  payload_.set_data_length(1u << request.size_log2);
  payload_.set_streaming_width(1u << request.size_log2);
  payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  data_ = 0;
  sc_core::sc_time delay = cycles(now_) - sc_core::sc_time_stamp();
  uint64_t before = to_cycles(delay);
  socket->b_transport(payload_, delay);
  uint64_t latency = to_cycles(delay) - before;
  const tw_mem_response &response = walk_->response;
  arrivals_.push_back({free_cycle(now_ + latency), reads ? data_ : response.data, request.tag, response.error,
                       request.line && keep_line(request, response)});
  if (!outputs_.of_prefetch)
    count_access(request);
  if (logging_)
    log_.push_back(request);
}

bool MmuModule::keep_line(const tw_mem_request &request, const tw_mem_response &response) {
  std::copy(std::begin(response.line), std::end(response.line), line_[request.tag % TW_WALKS_MAX]);
  return true;
}

/// The first cycle from `cycle` on in which no datum comes yet: there is one datum a cycle, the earlier request's
/// first.
uint64_t MmuModule::free_cycle(uint64_t cycle) const {
  auto taken = [&cycle](const Arrival &a) { return a.cycle == cycle; };
  while (std::any_of(arrivals_.begin(), arrivals_.end(), taken))
    cycle++;
  return cycle;
}

void MmuModule::count_access(const tw_mem_request &request) {
  WalkCounts &counts = counts_[request.tag % TW_WALKS_MAX];
  if (request.kind == TW_MEM_COMPARE_SWAP)
    counts.updates++;
  else if (request.stage2)
    counts.stage2_reads++;
  else if (request.level < TW_LEVELS)
    counts.reads[request.level]++;
}

void MmuModule::deliver(DutInputs *inputs) {
  auto due = std::find_if(arrivals_.begin(), arrivals_.end(), [this](const Arrival &a) { return a.cycle == now_; });
  if (due == arrivals_.end())
    return;
  inputs->memory_valid = true;
  inputs->memory_data = due->data;
  inputs->memory_tag = due->tag;
  inputs->memory_error = due->error;
  inputs->memory_line = due->lined ? line_[due->tag % TW_WALKS_MAX] : nullptr;
  arrivals_.erase(due);
}

void MmuModule::observe() {
  if (!outputs_.responds)
    return;
  for (const DutResponse &response : outputs_.channel)
    if (response.valid)
      take_response(response);
}

// ---- ports ----

bool MmuModule::busy() const {
  return held_[kPortData] || held_[kPortFetch] || held_tlbi_[kOwn] || held_tlbi_[kOutside] || !in_flight_.empty();
}

bool MmuModule::offer(const tw_request &request) {
  unsigned port = request.kind == TW_ACCESS_FETCH ? kPortFetch : kPortData;
  if (held_[port])
    return false;
  request_[port] = request;
  held_[port] = true;
  return true;
}

bool MmuModule::offer(const tw_tlbi &tlbi) {
  unsigned port = tlbi.outside ? kOutside : kOwn;
  if (held_tlbi_[port])
    return false;
  tlbi_[port] = tlbi;
  held_tlbi_[port] = true;
  return true;
}

/// The request that a response is for: by id, kind and port, else the oldest (a faulty MMU may tell a wrong id).
MmuModule::InFlight MmuModule::match(const DutResponse &response, bool *exactly) {
  const tw_response &r = response.response;
  auto is_it = [&](const InFlight &f) { return f.id == r.id && f.kind == r.kind && f.outside == response.outside; };
  auto found = std::find_if(in_flight_.begin(), in_flight_.end(), is_it);
  *exactly = found != in_flight_.end();
  if (in_flight_.empty())
    return {UINT64_MAX, r.id, r.kind, 0, 0, 0};
  if (!*exactly)
    found = in_flight_.begin();
  InFlight request = *found;
  in_flight_.erase(found);
  return request;
}

void MmuModule::take_response(const DutResponse &response) {
  Answer answer = {response.response, {response.par, response.hpfar, response.esr}};
  bool exactly = false;
  InFlight request = match(response, &exactly);
  answer.response.cycle = now_;
  answer.response.accepted = request.accepted;
  answer.response.el = request.el;
  if (answer.response.found == TW_FOUND_WALK) {
    WalkCounts &counts = counts_[response.walk % TW_WALKS_MAX];
    std::memcpy(answer.response.reads, counts.reads, sizeof counts.reads);
    answer.response.stage2_reads = counts.stage2_reads;
    answer.response.updates = counts.updates;
    counts = {};
  }
  if (answer.response.kind != TW_KIND_TLBI && !answer.response.fault && request.at == TW_AT_NONE) // an AT accesses none
    memory_.translated(answer.response.pa);
  if (batch_)
    answer_batch(answer, request, exactly);
  else
    answers_.push_back(answer);
}

size_t MmuModule::collect(tw_response *responses, tw_platform_syndrome *syndromes, size_t max) {
  size_t count = 0;
  while (count < max && !answers_.empty() && answers_.front().response.cycle < now_) {
    responses[count] = answers_.front().response;
    if (syndromes)
      syndromes[count] = answers_.front().syndrome;
    answers_.pop_front();
    count++;
  }
  return count;
}

// ---- batches ----
//
// Requests of a batch carry their place in it as their id while they are under way: the callers' ids need not differ.

/// Offer what the batch has for this cycle.
void MmuModule::feed_batch() {
  if (batch_->offered == batch_->count)
    return;
  if (!batch_->tlbi) {
    while (feed_request())
      ;
    return;
  }
  awaited_since_ = std::max(now_, batch_->tlbi->cycle);
  tw_tlbi tlbi = *batch_->tlbi;
  tlbi.id = 0;
  offer(tlbi);
  batch_->offered++;
}

/// Offer the next request, if it is its turn.
bool MmuModule::feed_request() {
  size_t next = batch_->offered;
  if (next == batch_->count || next - batch_->answered >= batch_->window)
    return false;
  if (batch_->offered == batch_->answered) // nothing is under way: this one is waited for, when it comes
    awaited_since_ = now_;
  const tw_request &request = batch_->requests[next];
  if (request.cycle > now_ || (batch_->gaps && next && now_ < batch_->offered_at + batch_->gaps[next]))
    return false;
  tw_request own = request;
  own.id = static_cast<uint32_t>(next);
  if (!offer(own))
    return false;
  batch_->offered++;
  batch_->offered_at = now_;
  return true;
}

void MmuModule::answer_batch(const Answer &answer, const InFlight &request, bool exactly) {
  size_t place = request.id < batch_->count ? request.id : batch_->answered;
  tw_response &response = batch_->responses[place];
  response = answer.response;
  if (exactly)
    response.id = batch_->tlbi ? batch_->tlbi->id : batch_->requests[place].id;
  if (batch_->syndromes)
    batch_->syndromes[place] = answer.syndrome;
  batch_->answered++;
  awaited_since_ = now_;
}

// ---- log ----

size_t MmuModule::drain(tw_platform_access *accesses, size_t max) {
  size_t count = std::min(max, log_.size() - drained_);
  std::copy_n(log_.begin() + static_cast<ptrdiff_t>(drained_), count, accesses);
  drained_ += count;
  if (drained_ == log_.size()) {
    log_.clear();
    drained_ = 0;
  }
  return count;
}

// ---- waves ----

bool MmuModule::open_waves(const char *path) {
  if (!dut_->open_waves(path))
    return false;
  waves_path_ = path;
  waves_turn_ = now_ + TW_PLATFORM_FST_CYCLES;
  return true;
}

/// The other file's turn has come.
void MmuModule::turn_waves() {
  waves_in_other_ = !waves_in_other_;
  waves_turned_ = true;
  waves_turn_ = now_ + TW_PLATFORM_FST_CYCLES;
  if (!dut_->open_waves(waves_in_other_ ? other_waves().c_str() : waves_path_.c_str()))
    waves_path_.clear();
}

void MmuModule::end_waves(bool keep) {
  if (waves_path_.empty())
    return;
  dut_->close_waves();
  std::string before = waves_path_ + ".before";
  if (!keep) {
    std::remove(waves_path_.c_str());
    if (waves_turned_)
      std::remove(other_waves().c_str());
  } else if (waves_in_other_) {
    std::rename(waves_path_.c_str(), before.c_str());
    std::rename(other_waves().c_str(), waves_path_.c_str());
  } else if (waves_turned_) {
    std::rename(other_waves().c_str(), before.c_str());
  }
  waves_path_.clear();
}

} // namespace tw
