#pragma once
// 64-bit FNV-1a (Fowler, Noll, Vo): a stable, fast hash to notice changes with. Not for hostile
// input.

#include <cstdint>
#include <string_view>

#include "model/job.h"

namespace dsched {

inline constexpr std::uint64_t kHashStart = 0xcbf29ce484222325;

inline std::uint64_t fnv1a(std::string_view bytes, std::uint64_t hash = kHashStart) {
  for (const char c : bytes) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  return hash;
}

// Over the values that matter for a run, wherever and however they are written: everything but
// place, schedules, tags and description.
std::uint64_t hash_definition(const Job& job);

// Over what decides the times of firings. dialect is that of job.schedules, except_hash stands for
// the days of `except`.
std::uint64_t hash_schedule(const Job& job, Dialect dialect, std::uint64_t except_hash);

}  // namespace dsched
