#include "supervise/mask.h"

#include <algorithm>
#include <utility>

namespace dsched {

namespace {
constexpr std::string_view kReplacement = "***";
}

Mask::Mask(std::vector<std::string> texts) : texts_(std::move(texts)) {
  std::erase(texts_, std::string());
  std::sort(texts_.begin(), texts_.end(),
            [](const auto& a, const auto& b) { return a.size() > b.size(); });
  for (const std::string& text : texts_) begins_[static_cast<unsigned char>(text.front())] = true;
}

std::string_view Mask::feed(std::string_view bytes) {
  if (texts_.empty()) return bytes;
  out_.clear();
  if (held_.empty()) {
    replace(bytes, true);
  } else {
    const std::string joined = std::exchange(held_, {}).append(bytes);
    replace(joined, true);
  }
  return out_;
}

std::string_view Mask::finish() {
  out_.clear();
  const std::string rest = std::exchange(held_, {});
  replace(rest, false);
  return out_;
}

// The length of the longest text that rest starts with, or 0.
std::size_t Mask::longest_at(std::string_view rest) const {
  for (const std::string& text : texts_) {
    if (rest.starts_with(text)) return text.size();
  }
  return 0;
}

// Whether rest is all of the beginning of a text, so that the next bytes decide.
bool Mask::may_begin_at(std::string_view rest) const {
  return std::any_of(texts_.begin(), texts_.end(), [rest](const std::string& text) {
    return text.size() > rest.size() && text.starts_with(rest);
  });
}

void Mask::replace(std::string_view bytes, bool more_follows) {
  std::size_t copied = 0;
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (!begins_[static_cast<unsigned char>(bytes[at])]) {
      ++at;
      continue;
    }
    const std::string_view rest = bytes.substr(at);
    if (more_follows && may_begin_at(rest)) break;
    const std::size_t length = longest_at(rest);
    if (length == 0) {
      ++at;
      continue;
    }
    out_.append(bytes, copied, at - copied).append(kReplacement);
    at += length;
    copied = at;
  }
  out_.append(bytes, copied, at - copied);
  held_ = bytes.substr(at);
}

}  // namespace dsched
