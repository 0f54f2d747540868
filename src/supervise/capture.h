#pragma once
// One output stream of a job on its way from the pipe: masked, then to its file, the tee and
// whoever listens.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "env/loop.h"
#include "supervise/descriptor.h"
#include "supervise/mask.h"
#include "supervise/output_file.h"
#include "supervise/tee.h"

namespace dsched {

struct CaptureSinks {
  Mask mask;
  std::shared_ptr<OutputFile> file;  // may be null; two streams may share one
  std::optional<Tee> tee;
  std::function<void(std::string_view)> listener;  // may be null
};

class CapturedStream {
 public:
  // pipe is non-blocking. on_closed is told once, from the loop, when nobody holds the other end
  // any more; it may destroy this.
  CapturedStream(Loop& loop, Descriptor pipe, CaptureSinks sinks, Loop::Callback on_closed);

  // Takes what is in the pipe at this moment, and no more, whoever still writes.
  void drain();

  bool is_open() const { return static_cast<bool>(pipe_); }
  std::uint64_t bytes() const { return bytes_; }

 private:
  enum class Read { more, nothing, end };
  void on_readable();
  Read read_some(std::size_t limit, std::size_t& taken);
  void deliver(std::string_view bytes);
  void close();

  Descriptor pipe_;
  CaptureSinks sinks_;
  Loop::Callback on_closed_;
  std::uint64_t bytes_ = 0;
  Loop::Handle watch_;
};

}  // namespace dsched
