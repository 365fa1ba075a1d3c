// What a machine measured: sums, and what is asked of them.
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <traces/measured.h>

static unsigned half_of(uint64_t va) { return (unsigned)(va >> 63); }

void tw_measured_sample(tw_measured *measured, uint64_t va) { measured->samples[half_of(va)]++; }

void tw_measured_latency(tw_measured *measured, uint64_t va, uint64_t cycles) {
  measured->latencies[half_of(va)][cycles < TW_LATENCY_MOST ? cycles : TW_LATENCY_MOST]++;
}

static void add_word(tw_measured *measured, const char *text, uint64_t count) {
  unsigned i = 0;
  while (i < TW_TLB_WORDS - 1 && measured->tlb[i].text[0] && strcmp(measured->tlb[i].text, text) != 0)
    i++;
  tw_tlb_word *word = &measured->tlb[i];
  if (!word->text[0])
    snprintf(word->text, sizeof word->text, "%s", i < TW_TLB_WORDS - 1 ? text : "others");
  word->count += count;
}

void tw_measured_tlb(tw_measured *measured, const char *text, size_t length) {
  char word[sizeof measured->tlb->text];
  snprintf(word, sizeof word, "%.*s", length < sizeof word ? (int)length : (int)sizeof word - 1, text);
  if (word[0])
    add_word(measured, word, 1);
}

void tw_measured_add(tw_measured *sum, const tw_measured *more) {
  for (unsigned half = 0; half < 2; half++) {
    sum->samples[half] += more->samples[half];
    for (size_t cycles = 0; cycles <= TW_LATENCY_MOST; cycles++)
      sum->latencies[half][cycles] += more->latencies[half][cycles];
  }
  for (unsigned i = 0; i < TW_TLB_WORDS && more->tlb[i].text[0]; i++)
    add_word(sum, more->tlb[i].text, more->tlb[i].count);
}

uint64_t tw_measured_count(const tw_measured *measured, unsigned half) {
  uint64_t count = 0;
  for (size_t cycles = 0; cycles <= TW_LATENCY_MOST; cycles++)
    count += measured->latencies[half][cycles];
  return count;
}

double tw_measured_mean(const tw_measured *measured, unsigned half) {
  uint64_t count = tw_measured_count(measured, half);
  double sum = 0;
  for (size_t cycles = 0; cycles <= TW_LATENCY_MOST; cycles++)
    sum += (double)cycles * (double)measured->latencies[half][cycles];
  return count ? sum / (double)count : 0;
}

uint64_t tw_measured_percentile(const tw_measured *measured, unsigned half, double percent) {
  uint64_t count = tw_measured_count(measured, half), seen = 0;
  uint64_t wanted = (uint64_t)ceil((double)count * percent / 100);
  for (size_t cycles = 0; cycles <= TW_LATENCY_MOST; cycles++) {
    seen += measured->latencies[half][cycles];
    if (seen && seen >= wanted)
      return cycles;
  }
  return 0;
}
