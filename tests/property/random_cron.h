#pragma once
// Random cron expressions that are right, of every form the dialect knows except those that draw
// values.

#include <random>
#include <string>

namespace dsched {

class RandomCron {
 public:
  explicit RandomCron(std::uint64_t seed) : random_(seed) {}

  std::string expression();  // 5 to 7 fields; fires on many days
  std::string day_fields();  // day of month, month, day of week; rare ones too
  int number(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  bool one_in(int n) { return number(1, n) == 1; }

 private:
  std::string plain_item(int low, int high, bool names);
  std::string field(int low, int high, bool names, int star_of_ten);
  std::string day_of_month();
  std::string day_of_week();

  std::mt19937_64 random_;
};

}  // namespace dsched
