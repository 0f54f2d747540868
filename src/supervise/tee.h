#pragma once
// Shows a job's output as whole lines "job | line" on a shared descriptor, without ever waiting for
// its reader.

#include <cstdint>
#include <string>
#include <string_view>

namespace dsched {

class Tee {
 public:
  Tee(int fd, std::string_view job);
  void feed(std::string_view bytes);
  // The last line, when it has no end.
  void finish();

 private:
  void put_line(std::string_view line);
  void flush();
  bool write_now(std::string_view text) const;

  int fd_;
  std::string prefix_;
  std::string line_;   // without its end yet
  std::string batch_;  // whole lines, at most PIPE_BUF
  std::uint64_t not_shown_ = 0;
};

}  // namespace dsched
