// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Marks for a capture: say where a phase of your own workload begins and ends. For kernel modules and for user space
// alike, AArch64 and AArch32; outside a capture they cost one instruction that does nothing.
//
//   capture_begin("redis get", buffer, bytes);   // file redis.twt, phase "get"
//   ... what is to be captured, on every CPU ...
//   capture_end();
//
// The name is "KIND PATTERN": phases of one kind go into one file. A kind has at most 31 characters and a pattern 15,
// both of letters, digits, '_' and '-'. `buffer` is what the phase is about: its accesses are counted apart in reports;
// NULL and 0 if there is none. Phases do not nest: a phase that begins ends the one before.
#ifndef CAPTURE_MARKER_H
#define CAPTURE_MARKER_H

// What the marks say. Registers 0 to 3 hold their arguments.
enum {
  CAPTURE_MARK_FIRST = 0x7460,
  CAPTURE_MARK_BEGIN = 0x7460,  // name, buffer, bytes
  CAPTURE_MARK_END = 0x7461,    //
  CAPTURE_MARK_KERNEL = 0x7462, // the kernel's page of registers and addresses, as snapshots hold it
  CAPTURE_MARK_CLOSE = 0x7463,  // no phase of this kind follows soon: what happens now is of no interest
  CAPTURE_MARK_CPU = 0x7464,    // the CPU's number: on each of them, before the first phase
  CAPTURE_MARK_LAST = 0x746f,
};

#if defined __aarch64__
#define CAPTURE_REGISTER(n) "x" #n
#define CAPTURE_INSTRUCTION(mark) ".inst 0xd280001f | (" #mark " << 5)" // movz xzr, #mark
#elif defined __thumb__
#define CAPTURE_REGISTER(n) "r" #n
#define CAPTURE_INSTRUCTION(mark) ".inst.w 0xf3af8060 | (" #mark " & 15)" // a hint that does nothing
#elif defined __arm__
#define CAPTURE_REGISTER(n) "r" #n
#define CAPTURE_INSTRUCTION(mark) ".inst 0xe320f060 | (" #mark " & 15)"
#endif

#ifdef CAPTURE_INSTRUCTION
#define CAPTURE_MARK(mark, first, second, third)                                                                       \
  do {                                                                                                                 \
    register unsigned long capture_0 __asm__(CAPTURE_REGISTER(0)) = (unsigned long)(first);                            \
    register unsigned long capture_1 __asm__(CAPTURE_REGISTER(1)) = (unsigned long)(second);                           \
    register unsigned long capture_2 __asm__(CAPTURE_REGISTER(2)) = (unsigned long)(third);                            \
    __asm__ volatile(CAPTURE_INSTRUCTION(mark) : : "r"(capture_0), "r"(capture_1), "r"(capture_2) : "memory");         \
  } while (0)

// The name is read through the live tables, so its page must be there: read it first.
static inline void capture_begin(const char *name, const volatile void *buffer, unsigned long bytes) {
  const volatile char *c = name;
  while (*c)
    c++;
  CAPTURE_MARK(0x7460, name, buffer, bytes);
}

static inline void capture_end(void) { CAPTURE_MARK(0x7461, 0, 0, 0); }

// After the last phase of a kind: until the next phase, changes of the tables and TLBIs are not recorded either.
static inline void capture_close(void) { CAPTURE_MARK(0x7463, 0, 0, 0); }

// Of the capture kit's own module.
static inline void capture_cpu(unsigned long number) { CAPTURE_MARK(0x7464, number, 0, 0); }
static inline void capture_kernel(const volatile void *page) { CAPTURE_MARK(0x7462, page, 0, 0); }
#endif

#endif
