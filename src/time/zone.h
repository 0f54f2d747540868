#pragma once
// One time zone as an immutable table of clock changes: what the zone file lists, and after its end
// what its footer rule says, expanded up to kLastYear. File format: RFC 9636 (TZif). Share it by
// std::shared_ptr<const Zone>.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/result.h"

namespace dsched {

// Schedules and zones know the instants from the start of kFirstYear up to the end of kLastYear
// (UTC): more than the 400 years after which the Gregorian calendar repeats.
inline constexpr int kFirstYear = 1600;
inline constexpr int kLastYear = 2499;
inline constexpr Second kFirstSecond{std::chrono::seconds{-11676096000}};
inline constexpr Second kEndSecond{std::chrono::seconds{16725225600}};  // 2500-01-01

class Zone {
 public:
  // bytes: a TZif file of version 2 or later. ErrorCode::unsupported for version 1 and for files
  // that count leap seconds (the "right/" ones), ErrorCode::corrupt for anything malformed. Safe on
  // hostile bytes.
  static Result<std::shared_ptr<const Zone>> from_tzif(std::string name, std::string_view bytes);
  static std::shared_ptr<const Zone> utc();

  const std::string& name() const { return name_; }

  struct Offset {
    std::chrono::seconds utc_offset;
    bool dst;
    std::string_view abbreviation;  // owned by the zone
  };
  Offset at(Second instant) const;

  // A stretch of time with one UTC offset. It ends where the next one starts.
  struct Interval {
    std::int64_t start_s;  // Unix time
    std::int32_t offset_s;
    std::int32_t change_s;  // against the interval before: > 0 a gap in local time, < 0 a fold; 0
                            // for the first
  };
  // Ordered by start; at least one. The first starts before kFirstSecond, and a sentinel that
  // starts after every instant closes the list. Neighbours have different offsets, and an interval
  // is longer than the folds at its ends, so local times at interval starts never go back.
  const std::vector<Interval>& intervals() const { return intervals_; }

  bool fixed() const { return fixed_; }  // one offset for ever, that of intervals().front()

  // The index of the interval that holds an instant, and its offset, which is there sooner than a
  // look at the interval. Constant time.
  struct Place {
    std::size_t interval;
    std::int32_t offset_s;
  };
  // Requires of both: unix_s is before the start of the sentinel.
  Place place_at(std::int64_t unix_s) const {
    if (fixed_) return {0, intervals_.front().offset_s};
    const auto since_first =
        static_cast<std::uint64_t>(unix_s - kFirstSecond.time_since_epoch().count());
    const std::uint64_t number = since_first >> kBucketBits;
    if (number >= kBuckets) [[unlikely]]
      return search(unix_s);
    const Bucket& bucket = buckets_[number];
    if (unix_s < bucket.change_s)
      return {bucket.interval, offset_of(bucket.interval, bucket.offset)};
    const std::size_t next = bucket.interval + 1u;
    if (unix_s < intervals_[next + 1].start_s) [[likely]]
      return {next, offset_of(next, bucket.next_offset)};
    return search(unix_s);
  }
  std::size_t interval_at(std::int64_t unix_s) const { return place_at(unix_s).interval; }

 private:
  struct Transition {
    std::int64_t start_s;
    std::uint8_t type;
  };
  struct Type {
    std::int32_t offset_s;
    bool dst;
    std::string abbreviation;
  };
  static constexpr int kBucketBits = 24;  // 194 days: rarely more than one clock change
  static constexpr std::uint64_t kBuckets =
      (static_cast<std::uint64_t>((kEndSecond - kFirstSecond).count()) >> kBucketBits) + 1;
  enum class UsualOffset : std::uint8_t { first, second, neither };
  // What every 2^kBucketBits seconds since kFirstSecond begin with, and the first change from
  // there.
  struct Bucket {
    std::int64_t change_s;
    std::uint16_t interval;
    UsualOffset offset, next_offset;
  };
  Place search(std::int64_t unix_s) const;
  // A processor predicts which of the two usual offsets it is and goes on, where a number out of
  // the bucket would have to arrive first.
  std::int32_t offset_of(std::size_t interval, UsualOffset usual) const {
    if (usual == UsualOffset::first) return usual_offsets_s_[0];
    if (usual == UsualOffset::second) return usual_offsets_s_[1];
    return intervals_[interval].offset_s;
  }

  friend class ZoneBuilder;
  Zone() = default;

  std::string name_;
  std::vector<Type> types_;
  std::vector<Transition> transitions_;  // the first one starts before everything
  std::vector<Interval> intervals_;
  bool fixed_ = false;
  std::int32_t usual_offsets_s_[2] = {0, 0};  // the last ones, as a rule for summer time has two
  std::vector<Bucket> buckets_;               // kBuckets, or none when fixed_
};

}  // namespace dsched
