#include "time/plain_cron.h"

namespace dsched {
namespace {

constexpr int kNoNumber = -1;

class Reader {
 public:
  explicit Reader(std::string_view text) : at_(text.data()), end_(at_ + text.size()) {}

  bool done() const { return at_ == end_; }
  bool at(char c) const { return at_ != end_ && *at_ == c; }
  bool take(char c) {
    if (!at(c)) return false;
    ++at_;
    return true;
  }
  bool take_blanks() {
    const char* const begin = at_;
    while (at(' ') || at('\t')) ++at_;
    return at_ != begin;
  }
  // One or two digits. A third one is left, and refused as what follows.
  int number() {
    const int first = digit();
    if (first == kNoNumber) return kNoNumber;
    const int second = digit();
    return second == kNoNumber ? first : first * 10 + second;
  }

 private:
  int digit() {
    if (done() || *at_ < '0' || *at_ > '9') return kNoNumber;
    return *at_++ - '0';
  }

  const char* at_;
  const char* end_;
};

std::uint64_t bits_of(int first, int last, int step) {
  if (step == 1) return (std::uint64_t{2} << last) - (std::uint64_t{1} << first);
  std::uint64_t bits = 0;
  for (int value = first; value <= last; value += step) bits |= std::uint64_t{1} << value;
  return bits;
}

// One item of a list; 0 when it is not plain.
std::uint64_t item_bits(Reader& reader, const UnitInfo& unit) {
  const bool star = reader.take('*');
  const int first = star ? unit.low : reader.number();
  const bool ranged = !star && reader.take('-');
  const int range_end = ranged ? reader.number() : first;
  const bool stepped = reader.take('/');
  const int step = stepped ? reader.number() : 1;
  const int last = star || (stepped && !ranged) ? unit.high : range_end;
  const bool plain = unit.low <= first && first <= last && last <= unit.high && step >= 1;
  return plain ? bits_of(first, last, step) : 0;
}

bool read_list(Reader& reader, Unit unit, std::uint64_t& bits) {
  do {
    const std::uint64_t item = item_bits(reader, unit_info(unit));
    if (item == 0) return false;
    bits |= item;
  } while (reader.take(','));
  return true;
}

}  // namespace

bool read_plain_cron(std::string_view text, CronFields& fields) {
  Reader reader(text);
  reader.take_blanks();
  for (const Unit unit :
       {Unit::minute, Unit::hour, Unit::day_of_month, Unit::month, Unit::day_of_week}) {
    if (reader.at('*')) fields.set_star(unit);
    if (!read_list(reader, unit, fields[unit])) return false;
    if (!reader.take_blanks()) return unit == Unit::day_of_week && reader.done();
  }
  return reader.done();
}

}  // namespace dsched
