#include "time/zone.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "time/civil.h"
#include "time/tz_rule.h"

namespace dsched {
namespace {

constexpr std::int64_t kBeforeAll = std::numeric_limits<std::int64_t>::min() / 4;
constexpr std::int64_t kAfterAll = std::numeric_limits<std::int64_t>::max() / 4;

Error corrupt(std::string_view what) {
  return Error{ErrorCode::corrupt, "damaged zone file: " + std::string(what), ""};
}

// The counts in a TZif header, and the size of the data block they describe.
struct Counts {
  std::size_t isut, isstd, leap, time, type, characters;

  std::size_t block_size(std::size_t time_size) const {
    return time * (time_size + 1) + type * 6 + characters + leap * (time_size + 4) + isstd + isut;
  }
};

class TzifReader {
 public:
  explicit TzifReader(std::string_view bytes) : rest_(bytes) {}

  // Requires: count bytes are left.
  std::string_view take(std::size_t count) {
    const std::string_view head = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return head;
  }
  std::int64_t big_endian(std::size_t size) {
    const std::string_view bytes = take(size);
    const bool negative = (static_cast<unsigned char>(bytes.front()) & 0x80) != 0;
    std::uint64_t value = negative ? ~std::uint64_t{0} : 0;
    for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
    return static_cast<std::int64_t>(value);
  }
  std::size_t left() const { return rest_.size(); }

  // Reads a header and makes sure that its data block is there as well.
  Result<Counts> header(std::size_t time_size) {
    constexpr std::size_t kHeaderSize = 44;
    if (left() < kHeaderSize || take(4) != "TZif") return corrupt("no TZif header");
    const char version = take(16).front();
    if (version == '\0') {
      return Error{ErrorCode::unsupported, "a zone file of version 1",
                   "install a tzdata of 2006 or later"};
    }
    std::size_t counts[6];
    for (std::size_t& count : counts) {
      const std::int64_t value = big_endian(4);
      if (value < 0 || value > 1'000'000) return corrupt("a count is out of range");
      count = static_cast<std::size_t>(value);
    }
    const Counts result{counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]};
    if (left() < result.block_size(time_size)) return corrupt("it is cut off");
    return result;
  }

 private:
  std::string_view rest_;
};

}  // namespace

class ZoneBuilder {
 public:
  explicit ZoneBuilder(std::string name) { zone_.name_ = std::move(name); }

  Result<void> read(std::string_view bytes);
  Result<std::shared_ptr<const Zone>> build();
  void set_type(std::int32_t offset_s, std::string abbreviation) {
    initial_ = type_index(Zone::Type{offset_s, false, std::move(abbreviation)});
  }

 private:
  Result<void> read_types(TzifReader& reader, const Counts& counts,
                          std::string_view transition_types);
  Result<void> read_transitions(const std::vector<std::int64_t>& times, std::string_view types);
  Result<void> read_footer(TzifReader& reader);
  void extend(const TzRule& rule);
  void add(std::int64_t start_s, std::uint8_t type);
  std::uint8_t type_index(Zone::Type type);
  Result<void> find_intervals();
  void fill_buckets();

  Zone zone_;
  std::uint8_t initial_ = 0;
};

Result<void> ZoneBuilder::read(std::string_view bytes) {
  TzifReader reader(bytes);
  DSCHED_TRY_ASSIGN(const Counts narrow, reader.header(4));
  reader.take(narrow.block_size(4));
  DSCHED_TRY_ASSIGN(const Counts counts, reader.header(8));
  if (counts.leap > 0) {
    return Error{ErrorCode::unsupported, "this zone file counts leap seconds",
                 "use the zone without \"right/\" in front"};
  }
  std::vector<std::int64_t> times(counts.time);
  for (std::int64_t& time : times) time = reader.big_endian(8);
  const std::string_view types = reader.take(counts.time);
  DSCHED_TRY(read_types(reader, counts, types));
  DSCHED_TRY(read_transitions(times, types));
  return read_footer(reader);
}

Result<void> ZoneBuilder::read_types(TzifReader& reader, const Counts& counts,
                                     std::string_view transition_types) {
  constexpr std::size_t kMaxTypes = 254;  // leaves room for the two of the footer
  if (counts.type == 0 || counts.type > kMaxTypes) return corrupt("number of local time types");
  std::vector<std::size_t> abbreviation_at;
  for (std::size_t i = 0; i < counts.type; ++i) {
    const auto offset = static_cast<std::int32_t>(reader.big_endian(4));
    if (offset < -93599 || offset > 93599) return corrupt("a UTC offset of more than 26 hours");
    const bool dst = reader.take(1).front() != 0;
    abbreviation_at.push_back(static_cast<unsigned char>(reader.take(1).front()));
    zone_.types_.push_back({offset, dst, ""});
  }
  const std::string_view characters = reader.take(counts.characters);
  for (std::size_t i = 0; i < counts.type; ++i) {
    const std::size_t end = characters.find('\0', abbreviation_at[i]);
    if (end == std::string_view::npos) return corrupt("an abbreviation");
    zone_.types_[i].abbreviation = characters.substr(abbreviation_at[i], end - abbreviation_at[i]);
  }
  for (const char type : transition_types) {
    if (static_cast<unsigned char>(type) >= counts.type) return corrupt("a local time type");
  }
  reader.take(counts.isstd + counts.isut);
  return {};
}

Result<void> ZoneBuilder::read_transitions(const std::vector<std::int64_t>& times,
                                           std::string_view types) {
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (i > 0 && times[i] <= times[i - 1]) return corrupt("transitions are out of order");
    add(times[i], static_cast<std::uint8_t>(types[i]));
  }
  return {};
}

Result<void> ZoneBuilder::read_footer(TzifReader& reader) {
  const std::string_view footer = reader.take(reader.left());
  if (footer.size() < 2 || footer.front() != '\n' ||
      footer.find('\n', 1) == std::string_view::npos) {
    return corrupt("no footer");
  }
  const std::string_view text = footer.substr(1, footer.find('\n', 1) - 1);
  if (text.empty())
    return {};  // what comes after the last transition is not known: it stays as it is
  const std::optional<TzRule> rule = parse_tz_rule(text);
  if (!rule) return corrupt("the rule in its footer");
  extend(*rule);
  return {};
}

// Adds what the rule says after the last transition of the file.
void ZoneBuilder::extend(const TzRule& rule) {
  const bool no_transitions = zone_.transitions_.empty();
  const std::int64_t last = no_transitions ? kBeforeAll : zone_.transitions_.back().start_s;
  const std::uint8_t standard =
      type_index({rule.standard.offset_s, false, rule.standard.abbreviation});
  if (no_transitions) initial_ = standard;
  if (!rule.summer) return;
  const auto& [type, start, end] = *rule.summer;
  const std::uint8_t summer = type_index({type.offset_s, true, type.abbreviation});
  const std::int32_t last_day =
      static_cast<std::int32_t>(std::max(last, kFirstSecond.time_since_epoch().count()) / 86400);
  std::vector<Zone::Transition> changes;
  for (int year = civil_from_days(last_day).year - 1; year <= kLastYear; ++year) {
    changes.push_back({end.local_second_in(year) - type.offset_s, standard});
    changes.push_back({start.local_second_in(year) - rule.standard.offset_s, summer});
  }
  // Summer time all year ends and starts at one instant; the start has the last word.
  std::stable_sort(changes.begin(), changes.end(),
                   [](const auto& a, const auto& b) { return a.start_s < b.start_s; });
  for (const Zone::Transition& change : changes) {
    if (change.start_s > last) add(change.start_s, change.type);
  }
}

void ZoneBuilder::add(std::int64_t start_s, std::uint8_t type) {
  auto& transitions = zone_.transitions_;
  if (start_s >= kEndSecond.time_since_epoch().count()) return;
  if (start_s <= kFirstSecond.time_since_epoch().count()) {
    initial_ = type;
  } else if (!transitions.empty() && transitions.back().start_s == start_s) {
    transitions.back().type = type;
  } else {
    transitions.push_back({start_s, type});
  }
}

std::uint8_t ZoneBuilder::type_index(Zone::Type type) {
  auto& types = zone_.types_;
  const auto same = [&](const Zone::Type& t) {
    return t.offset_s == type.offset_s && t.dst == type.dst && t.abbreviation == type.abbreviation;
  };
  const auto found = std::find_if(types.begin(), types.end(), same);
  const auto index = static_cast<std::uint8_t>(found - types.begin());
  if (found == types.end()) types.push_back(std::move(type));
  return index;
}

Result<void> ZoneBuilder::find_intervals() {
  auto& intervals = zone_.intervals_;
  for (const Zone::Transition& transition : zone_.transitions_) {
    const std::int32_t offset = zone_.types_[transition.type].offset_s;
    if (!intervals.empty() && intervals.back().offset_s == offset)
      continue;  // only the name changes
    const std::int32_t change = intervals.empty() ? 0 : offset - intervals.back().offset_s;
    intervals.push_back({transition.start_s, offset, change});
  }
  for (std::size_t i = 1; i < intervals.size(); ++i) {
    const std::int64_t length = intervals[i].start_s - intervals[i - 1].start_s;
    if (length < -intervals[i].change_s || length < -intervals[i - 1].change_s) {
      return corrupt("two clock changes overlap");
    }
  }
  intervals.push_back({kAfterAll, intervals.back().offset_s, 0});
  return {};
}

void ZoneBuilder::fill_buckets() {
  const auto& intervals = zone_.intervals_;
  const auto& usual = zone_.usual_offsets_s_;
  const auto kind_of = [&](const Zone::Interval& interval) {
    return interval.offset_s == usual[0]   ? Zone::UsualOffset::first
           : interval.offset_s == usual[1] ? Zone::UsualOffset::second
                                           : Zone::UsualOffset::neither;
  };
  std::int64_t start = kFirstSecond.time_since_epoch().count();
  for (std::uint16_t i = 0; zone_.buckets_.size() < Zone::kBuckets;) {
    while (intervals[i + 1u].start_s <= start) ++i;
    const Zone::Interval& next = intervals[i + 1u];
    zone_.buckets_.push_back({next.start_s, i, kind_of(intervals[i]), kind_of(next)});
    start += std::int64_t{1} << Zone::kBucketBits;
  }
}

Result<std::shared_ptr<const Zone>> ZoneBuilder::build() {
  zone_.transitions_.insert(zone_.transitions_.begin(), {kBeforeAll, initial_});
  DSCHED_TRY(find_intervals());
  zone_.fixed_ = zone_.intervals_.size() == 2;
  if (!zone_.fixed_) {
    const auto last = zone_.intervals_.end() - 2;  // before the sentinel
    zone_.usual_offsets_s_[0] = last->offset_s;
    zone_.usual_offsets_s_[1] = std::prev(last)->offset_s;
    fill_buckets();
  }
  return std::make_shared<const Zone>(std::move(zone_));
}

Result<std::shared_ptr<const Zone>> Zone::from_tzif(std::string name, std::string_view bytes) {
  ZoneBuilder builder(std::move(name));
  DSCHED_TRY(builder.read(bytes));
  return builder.build();
}

std::shared_ptr<const Zone> Zone::utc() {
  static const std::shared_ptr<const Zone> zone = [] {
    ZoneBuilder builder("UTC");
    builder.set_type(0, "UTC");
    return *builder.build();
  }();
  return zone;
}

Zone::Place Zone::search(std::int64_t unix_s) const {
  const auto after = std::upper_bound(
      intervals_.begin() + 1, intervals_.end(), unix_s,
      [](std::int64_t s, const Interval& interval) { return s < interval.start_s; });
  const auto found = std::prev(after);
  return {static_cast<std::size_t>(found - intervals_.begin()), found->offset_s};
}

Zone::Offset Zone::at(Second instant) const {
  const auto after =
      std::upper_bound(transitions_.begin(), transitions_.end(), instant.time_since_epoch().count(),
                       [](std::int64_t unix_s, const Transition& transition) {
                         return unix_s < transition.start_s;
                       });
  const Type& type = types_[std::prev(after)->type];
  return {std::chrono::seconds{type.offset_s}, type.dst, type.abbreviation};
}

}  // namespace dsched
