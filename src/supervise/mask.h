#pragma once
// Replaces secret texts by *** in a stream that comes in pieces.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dsched {

class Mask {
 public:
  explicit Mask(std::vector<std::string> texts);  // empty ones are left out

  // The next bytes as far as they are certain: what may be the beginning of a text is held back, at
  // most the longest text less one byte. The view is valid until the next call.
  std::string_view feed(std::string_view bytes);
  // What was held back; nothing follows.
  std::string_view finish();

 private:
  std::size_t longest_at(std::string_view rest) const;
  bool may_begin_at(std::string_view rest) const;
  void replace(std::string_view bytes, bool more_follows);

  std::vector<std::string> texts_;  // longest first
  bool begins_[256] = {};
  std::string held_;
  std::string out_;
};

}  // namespace dsched
