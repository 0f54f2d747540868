#pragma once
// A second implementation of cron expressions, as slow and as plain as can be: it looks at every
// single minute on the clock of the C library. It shares no code with src/time and exists to
// disagree with it.

#include <cstdint>
#include <ctime>
#include <set>
#include <string>
#include <vector>

namespace naive {

struct Rules {
  bool gap_after = true;     // dst_gap = "after"
  bool gap_set = false;      // ... and it stands in the file
  bool repeat_both = false;  // dst_repeat = "both"
};

class Cron {
 public:
  explicit Cron(const std::string& expression);  // 5 to 7 fields that are right

  bool day_matches(const std::tm& today) const;
  // All firings in (after, not_after] on the clock of the TZ variable. Offsets must be whole
  // minutes there.
  std::vector<std::int64_t> firings(std::int64_t after, std::int64_t not_after, Rules rules) const;

 private:
  bool minute_matches(const std::tm& local) const;

  std::set<int> seconds_, minutes_, hours_, months_;
  std::set<int> years_;  // empty: every year
  std::set<int> days_, weekdays_;
  std::vector<std::string> special_days_, special_weekdays_;
  bool both_ = false;  // day fields
  bool wildcard_ = false;
};

}  // namespace naive
