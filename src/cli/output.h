#pragma once
// One of the standard streams of this process, buffered; and how text looks on it.

#include <string>
#include <string_view>

namespace dsched {

class Output {
 public:
  explicit Output(int fd) : fd_(fd) {}
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void write(std::string_view text);
  void flush();
  // Flushes. False when anything could not be written.
  bool finish();
  // What went wrong; empty when the reader has gone, which is not worth a word and has the code
  // 141.
  std::string fault_text() const;
  int exit_code_of_fault() const;

 private:
  int fd_;
  int fault_ = 0;  // errno of the first write that failed; nothing is written afterwards
  std::string buffer_;
};

// Colours with a meaning; a word or sign beside them says the same.
enum class Ink { plain, bad, attention, good, running, faint };

class Style {
 public:
  Style(bool colour, bool utf8) : colour_(colour), utf8_(utf8) {}
  std::string paint(Ink ink, std::string_view text) const;
  bool colour() const { return colour_; }
  bool utf8() const { return utf8_; }

 private:
  bool colour_;
  bool utf8_;
};

}  // namespace dsched
