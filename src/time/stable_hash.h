#pragma once
// Hashes that give the same answer on every host, in every build and after every restart: H, ~ and
// jitter rest on them. FNV-1a over the bytes, then the finalizer of SplitMix64 (Steele, Lea and
// Flood, OOPSLA 2014).

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace dsched {

// The parts are told apart: {"ab", "c"} and {"a", "bc"} differ.
constexpr std::uint64_t stable_hash(std::initializer_list<std::string_view> parts) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::string_view part : parts) {
    for (const char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    hash = (hash ^ 0x100) * 0x100000001b3;
  }
  hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9;
  hash = (hash ^ hash >> 27) * 0x94d049bb133111eb;
  return hash ^ hash >> 31;
}

}  // namespace dsched
