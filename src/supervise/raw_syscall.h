#pragma once
// System calls that touch nothing but registers: no errno, no thread-local state, no locks, no
// cancellation points. For a child that shares its memory with its parent. The answer is that of
// the kernel: >= 0, or -errno.

#include <sys/syscall.h>
#include <unistd.h>

// Code that runs in such a child must not be instrumented: the sanitizers keep state in the shared
// memory.
#define DSCHED_RAW_CODE __attribute__((no_sanitize("address", "undefined", "thread")))

namespace dsched {

#if defined(__x86_64__)

#define DSCHED_HAS_RAW_SYSCALL 1

DSCHED_RAW_CODE inline long raw_syscall(long number, long a = 0, long b = 0, long c = 0,
                                        long d = 0) {
  long result;
  register long r10 __asm__("r10") = d;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
                   : "rcx", "r11", "memory");
  return result;
}

#elif defined(__aarch64__)

#define DSCHED_HAS_RAW_SYSCALL 1

DSCHED_RAW_CODE inline long raw_syscall(long number, long a = 0, long b = 0, long c = 0,
                                        long d = 0) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory", "cc");
  return x0;
}

#else

// The child of these machines is made with CLONE_VFORK: its parent sleeps, so that the errno they
// share is nobody's.
#define DSCHED_HAS_RAW_SYSCALL 0

long raw_syscall(long number, long a = 0, long b = 0, long c = 0, long d = 0);

#endif

}  // namespace dsched
