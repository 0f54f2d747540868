#pragma once
// The file that keeps a job's output. It is plain text that anyone can tail and grep at any time,
// and it never grows beyond its limit: the first quarter stays, then comes one line that says how
// much is missing, then the newest output. The newest part is appended until the file is full; then
// its newer half moves down and the file is cut, so that between 3/8 and 3/4 of the limit are
// always the newest output, with a fixed amount of memory.

#include <cstdint>
#include <string>
#include <string_view>

#include "supervise/descriptor.h"

namespace dsched {

class OutputFile {
 public:
  OutputFile() = default;
  // Makes the file (0640, emptied when it exists, never through a symbolic link) and its
  // directories (0750). limit 0: none. Answers 0 or errno.
  int open(const std::string& path, std::uint64_t limit);
  bool is_open() const { return static_cast<bool>(file_); }

  // Never fails: what cannot be written (no space, I/O error) is counted, and tried anew with the
  // next bytes; the gap is marked by a line.
  void append(std::string_view bytes);

  // Bytes of append() that are not in the file.
  std::uint64_t dropped() const { return left_out_ + lost_ + lost_before_; }

 private:
  std::uint64_t capacity() const;
  bool fold();
  bool move_down(std::uint64_t from, std::uint64_t to);
  std::string read_at(std::uint64_t from, std::uint64_t count) const;
  bool ends_line(std::uint64_t at) const;
  std::uint64_t last_line_end(std::uint64_t at) const;
  std::uint64_t next_line_end(std::uint64_t from) const;
  bool mark_loss();
  bool write_whole(std::uint64_t offset, std::string_view text);

  Descriptor file_;
  std::uint64_t limit_ = 0;
  std::uint64_t size_ = 0;
  std::uint64_t marker_at_ = 0;    // when folded_
  std::uint64_t tail_at_ = 0;      // first byte after the marker
  std::uint64_t left_out_ = 0;     // bytes between head and tail
  std::uint64_t lost_ = 0;         // not written since the last mark
  std::uint64_t lost_before_ = 0;  // not written, and marked
  bool folded_ = false;
};

}  // namespace dsched
