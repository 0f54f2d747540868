#include "cli/follow.h"

#include <chrono>

#include <fcntl.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/records.h"

namespace dsched {
namespace {

constexpr std::chrono::milliseconds kLookAgain{100};

// What has been added to a file since the last look. The file may not be there yet.
class GrowingFile {
 public:
  explicit GrowingFile(std::string path) : path_(std::move(path)) {}
  GrowingFile(const GrowingFile&) = delete;
  GrowingFile& operator=(const GrowingFile&) = delete;
  ~GrowingFile() {
    if (fd_ >= 0) ::close(fd_);
  }

  void pass_on(LogPrinter& printer) {
    if (fd_ < 0) fd_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd_ < 0) return;
    char bytes[65536];
    for (ssize_t size = ::read(fd_, bytes, sizeof bytes); size > 0;
         size = ::read(fd_, bytes, sizeof bytes))
      printer.write({bytes, static_cast<std::size_t>(size)});
  }

 private:
  std::string path_;
  int fd_ = -1;
};

class Follower {
 public:
  Follower(Context& context, HistoryReader& history, const RunRecord& run, const std::string& path)
      : context_(context),
        history_(history),
        loop_(context.platform.loop()),
        file_(path),
        printer_(context.out(),
                 context.platform.terminal.out_is_terminal && !context.arguments.has("raw")) {
    query_.run_id_prefix = run.run_id;
    query_.limit = 1;
  }

  Outcome<int> follow() {
    look();
    loop_.run();
    return std::move(answer_);
  }

 private:
  // The end is read before the file, so that output written before it is shown.
  void look() {
    Result<std::vector<RunRecord>> runs = history_.runs(query_);
    file_.pass_on(printer_);
    const bool ended = runs && !runs->empty() && runs->front().result;
    if (!runs) answer_ = std::move(runs).error();
    if (ended) answer_ = exit_code_of(runs->front());
    if (ended || !runs || !context_.out().finish()) {
      printer_.finish();
      timer_.reset();
      loop_.stop();
      return;
    }
    timer_ = loop_.at(context_.platform.clock.boot_now() + kLookAgain, [this] { look(); });
  }

  Context& context_;
  HistoryReader& history_;
  Loop& loop_;
  GrowingFile file_;
  LogPrinter printer_;
  RunQuery query_;
  Loop::Handle timer_;
  Outcome<int> answer_ = kExitPipe;
};

}  // namespace

void LogPrinter::write(std::string_view text) {
  if (!safe_) {
    out_.write(text);
    return;
  }
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    line_ += text.substr(0, end);
    out_.write(visible(line_) + "\n");
    line_.clear();
    text.remove_prefix(end + 1);
  }
  line_ += text;
}

void LogPrinter::finish() {
  if (!line_.empty()) out_.write(visible(line_) + "\n");
  line_.clear();
}

Outcome<int> follow_run(Context& context, HistoryReader& history, const RunRecord& run,
                        const std::string& path) {
  context.err().flush();
  return Follower(context, history, run, path).follow();
}

}  // namespace dsched
