#include "time/plain_field.h"

namespace dsched {
namespace {

constexpr int kNoNumber = -1;

class Reader {
 public:
  explicit Reader(std::string_view text) : at_(text.data()), end_(at_ + text.size()) {}

  bool done() const { return at_ == end_; }
  bool take(char c) {
    if (done() || *at_ != c) return false;
    ++at_;
    return true;
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

// One item of the list; 0 when it is not plain.
std::uint64_t item_bits(Reader& reader, int low, int high) {
  const bool star = reader.take('*');
  const int first = star ? low : reader.number();
  const bool ranged = !star && reader.take('-');
  const bool stepped = !ranged && reader.take('/');
  const int last = ranged ? reader.number() : star || stepped ? high : first;
  int step = 1;
  if (stepped || (ranged && reader.take('/'))) {
    step = reader.number();
    const bool doubtful = step > last - first || (star && step > 0 && (high - low + 1) % step != 0);
    if (step < 1 || (doubtful && step != 1)) return 0;
  }
  return low <= first && first <= last && last <= high ? bits_of(first, last, step) : 0;
}

}  // namespace

std::uint64_t plain_field_bits(std::string_view field, int low, int high) {
  Reader reader(field);
  std::uint64_t bits = 0;
  do {
    const std::uint64_t item = item_bits(reader, low, high);
    if (item == 0) return 0;
    bits |= item;
  } while (reader.take(','));
  return reader.done() ? bits : 0;
}

}  // namespace dsched
