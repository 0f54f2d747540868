#include "supervise/capture.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <sys/ioctl.h>
#include <unistd.h>

namespace dsched {

namespace {
constexpr std::size_t kReadBytes = 64 << 10;
// A job that floods gets no more than this before others have their turn.
constexpr int kReadsPerTurn = 4;
}  // namespace

CapturedStream::CapturedStream(Loop& loop, Descriptor pipe, CaptureSinks sinks,
                               Loop::Callback on_closed)
    : pipe_(std::move(pipe)),
      sinks_(std::move(sinks)),
      on_closed_(std::move(on_closed)),
      watch_(loop.on_ready(pipe_.get(), Loop::Interest::read, [this] { on_readable(); })) {}

void CapturedStream::on_readable() {
  for (int i = 0; i < kReadsPerTurn; ++i) {
    std::size_t taken = 0;
    const Read result = read_some(kReadBytes, taken);
    if (result == Read::nothing) return;
    if (result == Read::end) {
      close();
      return on_closed_();
    }
  }
}

void CapturedStream::drain() {
  int waiting = 0;
  if (!is_open() || ::ioctl(pipe_.get(), FIONREAD, &waiting) != 0) return;
  auto rest = static_cast<std::size_t>(waiting);
  while (rest > 0) {
    std::size_t taken = 0;
    if (read_some(std::min(rest, kReadBytes), taken) != Read::more) break;
    rest -= taken;
  }
  std::size_t taken = 0;
  if (rest == 0 && read_some(kReadBytes, taken) == Read::end) close();
}

CapturedStream::Read CapturedStream::read_some(std::size_t limit, std::size_t& taken) {
  char buffer[kReadBytes];
  const ssize_t got = ::read(pipe_.get(), buffer, limit);
  if (got < 0) return errno == EAGAIN || errno == EINTR ? Read::nothing : Read::end;
  if (got == 0) return Read::end;
  taken = static_cast<std::size_t>(got);
  bytes_ += taken;
  deliver(sinks_.mask.feed({buffer, taken}));
  return Read::more;
}

void CapturedStream::deliver(std::string_view bytes) {
  if (bytes.empty()) return;
  if (sinks_.file != nullptr) sinks_.file->append(bytes);
  if (sinks_.tee) sinks_.tee->feed(bytes);
  if (sinks_.listener) sinks_.listener(bytes);
}

void CapturedStream::close() {
  watch_.reset();
  pipe_.reset();
  deliver(sinks_.mask.finish());
  if (sinks_.tee) sinks_.tee->finish();
}

}  // namespace dsched
