#pragma once
// DSCHED_CHECK(condition): a broken invariant ends the process, in release builds too. Not for
// wrong input.

#include <cstdio>
#include <cstdlib>

#define DSCHED_CHECK(condition)                                                                    \
  do {                                                                                             \
    if (!(condition)) [[unlikely]] {                                                               \
      std::fprintf(stderr, "dsched: internal error: %s:%d: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                                \
    }                                                                                              \
  } while (false)
