#include "cli/output.h"

#include <cerrno>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/failure.h"

namespace dsched {
namespace {

constexpr std::size_t kFlushAt = 32768;

const char* code_of(Ink ink) {
  switch (ink) {
    case Ink::plain:
      return "";
    case Ink::bad:
      return "31";
    case Ink::attention:
      return "33";
    case Ink::good:
      return "32";
    case Ink::running:
      return "34";
    case Ink::faint:
      return "2";
  }
  return "";
}

}  // namespace

void Output::write(std::string_view text) {
  buffer_ += text;
  if (buffer_.size() >= kFlushAt) flush();
}

void Output::flush() {
  std::string_view rest = buffer_;
  while (!rest.empty() && fault_ == 0) {
    const ssize_t written = ::write(fd_, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      fault_ = errno;
    }
  }
  buffer_.clear();
}

bool Output::finish() {
  flush();
  return fault_ == 0;
}

std::string Output::fault_text() const {
  return fault_ == EPIPE ? "" : std::generic_category().message(fault_);
}

int Output::exit_code_of_fault() const {
  return fault_ == EPIPE ? kExitPipe : kExitTemporary;
}

std::string Style::paint(Ink ink, std::string_view text) const {
  if (!colour_ || ink == Ink::plain || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code_of(ink), text);
}

}  // namespace dsched
