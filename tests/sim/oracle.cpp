#include "sim/oracle.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "property/naive_cron.h"

namespace sim {

namespace {

constexpr std::int64_t kDay = 86400;
constexpr std::int64_t kLongestSpan = 6 * kDay;  // longer ones are looked at from both ends

naive::Rules rules_of(const JobSpec& spec) {
  const dsched::TimetableRules& rules = spec.job.timetable.rules();
  return {rules.dst_gap == dsched::DstGap::after, rules.dst_gap_set,
          rules.dst_repeat == dsched::DstRepeat::both};
}

std::string key_of(const JobSpec& spec) {
  std::string key = spec.job.timezone;
  const naive::Rules rules = rules_of(spec);
  for (const bool flag : {rules.gap_after, rules.gap_set, rules.repeat_both})
    key += flag ? '1' : '0';
  for (const std::string& text : spec.naive) key += '|' + text;
  return key;
}

void use_zone(const std::string& name) {
  static std::string used;
  if (used == name) return;
  used = name;
  ::setenv("TZ", name.c_str(), 1);
  ::tzset();
}

}  // namespace

void Oracle::walk(const JobSpec& spec, std::int64_t first_day, std::int64_t last_day,
                  Walked& walked) {
  use_zone(spec.job.timezone);
  for (std::int64_t number = first_day; number <= last_day; ++number) walked.days[number];
  for (const std::string& text : spec.naive) {
    const naive::Cron cron(text);
    for (const std::int64_t at :
         cron.firings(first_day * kDay - 1, (last_day + 1) * kDay - 1, rules_of(spec)))
      walked.days[at / kDay].push_back(at);
  }
  for (std::int64_t number = first_day; number <= last_day; ++number) {
    Firings& firings = walked.days[number];
    std::sort(firings.begin(), firings.end());
    firings.erase(std::unique(firings.begin(), firings.end()), firings.end());
  }
}

const Oracle::Firings& Oracle::day(const JobSpec& spec, std::int64_t number) {
  Walked& walked = walked_[key_of(spec)];
  if (walked.days.count(number) == 0) walk(spec, number, number, walked);
  return walked.days[number];
}

std::vector<std::int64_t> Oracle::due(const JobSpec& spec, std::int64_t after,
                                      std::int64_t not_after) {
  Firings firings;
  if (spec.naive.empty() || not_after <= after) return firings;
  const std::int64_t first = after / kDay;
  const std::int64_t last = not_after / kDay;
  const bool is_long = not_after - after > kLongestSpan;
  for (std::int64_t number = first; number <= last; ++number) {
    if (is_long && number == first + 2) number = last - 2;
    for (const std::int64_t at : day(spec, number)) {
      if (at > after && at <= not_after) firings.push_back(at);
    }
  }
  return firings;
}

bool Oracle::is_due(const JobSpec& spec, std::int64_t at) {
  if (spec.naive.empty()) return false;
  const Firings& firings = day(spec, at / kDay);
  return std::binary_search(firings.begin(), firings.end(), at);
}

}  // namespace sim
