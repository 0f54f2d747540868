#include "cli/run_progress.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/duration_text.h"
#include "base/text.h"
#include "cli/records.h"

namespace dsched {
namespace {

constexpr std::size_t kTailLines = 20;
constexpr std::size_t kLongestLine = 4096;
constexpr std::chrono::seconds kRepaint{1};

bool may_move_the_cursor(const Context& context) {
  const Platform& platform = context.platform;
  return platform.terminal.out_is_terminal && platform.terminal.err_is_terminal && !context.json &&
         !platform.environment.has("CI") && platform.environment.get("TERM") != "dumb";
}

// The front of the text that fits into so many cells.
std::string cut(const std::string& text, std::size_t cells) {
  std::string shown = text;
  while (display_width(shown) > cells) {
    shown.pop_back();
    while (!shown.empty() && !is_utf8(shown)) shown.pop_back();
  }
  return shown;
}

std::string took(const RunRecord& run) {
  const std::optional<Duration> duration = duration_of(run);
  return duration ? human_duration(*duration) : "-";
}

}  // namespace

RunProgress::RunProgress(const Context& context, std::size_t jobs)
    : context_(context),
      live_(jobs > 1 && may_move_the_cursor(context)),
      announce_(!context.arguments.has("quiet") && (jobs > 1 || !may_move_the_cursor(context))) {}

ForegroundListener RunProgress::listener() {
  ForegroundListener listener;
  listener.on_started = [this](const Job& job, const RunRecord&, int attempt) {
    started(job, attempt);
  };
  listener.on_output = [this](const Job& job, OutputStream stream, std::string_view bytes) {
    output(job, stream, bytes);
  };
  listener.on_retry = [this](const Job& job, int attempt, const AttemptOutcome& outcome,
                             Duration pause) { retried(job, attempt, outcome, pause); };
  listener.on_ended = [this](const Job& job, const RunRecord& run) { ended(job, run); };
  listener.on_decision = [this](const Decision& decision) { decided(decision); };
  listener.on_interrupt = [this](int count) { interrupted(count); };
  listener.on_history_trouble = [this](const Error& error) {
    say(fmt::format("dsched: not recorded: {}", visible(error.message)));
  };
  return listener;
}

void RunProgress::started(const Job& job, int attempt) {
  Running& running = running_[job.name];
  if (attempt == 1) running.since = context_.platform.clock.boot_now();
  running.attempt = attempt;
  if (announce_ && !live_ && attempt == 1) say(fmt::format("dsched: {}: start", job.name));
  if (live_) tick();
}

void RunProgress::output(const Job& job, OutputStream stream, std::string_view bytes) {
  if (live_) {
    keep_output(running_[job.name], bytes);
    return;
  }
  Output& out = stream == OutputStream::err || context_.json ? context_.err() : context_.out();
  out.write(bytes);
  out.flush();
}

void RunProgress::retried(const Job& job, int attempt, const AttemptOutcome& outcome,
                          Duration pause) {
  say(fmt::format("dsched: {}: try {} of {} failed (exit {}), again in {}", job.name, attempt,
                  job.retry.max + 1, exit_status_of(outcome), human_duration(pause)));
}

void RunProgress::ended(const Job& job, const RunRecord& run) {
  const bool ok = run.result == RunResult::ok;
  if (live_) return scroll_up(job, run);
  const bool failed_to_start =
      !run.attempts.empty() && run.attempts.back().outcome.failure.step != StartStep::none;
  if (failed_to_start) {
    say(fmt::format("dsched: {}: not started: {}", job.name,
                    visible(describe(run.attempts.back().outcome.failure))));
  } else if (announce_) {
    say(fmt::format("dsched: {}: {} ({})", job.name,
                    ok ? fmt::format("exit {}", run.exit_status) : result_words(run), took(run)));
  }
}

void RunProgress::scroll_up(const Job& job, const RunRecord& run) {
  const bool ok = run.result == RunResult::ok;
  const bool utf8 = context_.err_style.utf8();
  const char* sign = ok ? (utf8 ? "✓" : "+") : (utf8 ? "✗" : "x");
  const Running over = std::move(running_[job.name]);
  running_.erase(job.name);
  say(fmt::format("{} {}  {}{}", context_.err_style.paint(ink_of(run), sign), job.name,
                  ok ? "" : result_words(run) + " after ", took(run)));
  for (const std::string& line : over.tail) {
    if (!ok) say("  | " + line);
  }
}

void RunProgress::decided(const Decision& decision) {
  say(fmt::format("dsched: {}: {}: {}{}", decision.job, to_text(decision.kind),
                  to_text(decision.reason),
                  decision.detail.empty() ? "" : ": " + visible(decision.detail)));
}

void RunProgress::interrupted(int count) {
  say(count == 1 ? "dsched: stopping what runs (TERM); press Ctrl-C again to kill"
                 : "dsched: killing");
}

void RunProgress::say(const std::string& line) {
  erase_live_line();
  context_.err().write(line + "\n");
  context_.err().flush();
  paint_live_line();
}

// Job output may come in any pieces; only whole lines go into the tail.
void RunProgress::keep_output(Running& running, std::string_view bytes) {
  for (char c : bytes) {
    if (c != '\n') {
      if (running.last_line.size() < kLongestLine) running.last_line += c;
      continue;
    }
    running.tail.push_back(visible(running.last_line));
    running.last_line.clear();
    if (running.tail.size() > kTailLines) running.tail.pop_front();
  }
}

void RunProgress::paint_live_line() {
  if (!live_ || running_.empty()) return;
  const BootInstant now = context_.platform.clock.boot_now();
  std::vector<std::string> parts;
  for (const auto& [name, running] : running_)
    parts.push_back(fmt::format("{} {}", name, human_duration(now - running.since)));
  std::string text = join(parts, ", ");
  const Running& first = running_.begin()->second;
  const std::string line = !first.last_line.empty() ? visible(first.last_line)
                           : first.tail.empty()     ? ""
                                                    : first.tail.back();
  if (!line.empty()) text += "  " + line;
  const int width = context_.platform.terminal.width;
  text = cut(text, width > 4 ? static_cast<std::size_t>(width) - 4 : 76);
  context_.err().write(fmt::format("\r{} {}\x1b[K", context_.err_style.utf8() ? "▶" : ">", text));
  context_.err().flush();
  line_shown_ = true;
}

void RunProgress::erase_live_line() {
  if (line_shown_) context_.err().write("\r\x1b[K");
  line_shown_ = false;
}

void RunProgress::tick() {
  paint_live_line();
  timer_ = context_.platform.loop().at(context_.platform.clock.boot_now() + kRepaint, [this] {
    if (running_.empty()) return timer_.reset();
    tick();
  });
}

void RunProgress::finish(const ForegroundReport& report) {
  timer_.reset();
  erase_live_line();
  if (!live_) return;
  const auto failed =
      std::find_if(report.runs.begin(), report.runs.end(),
                   [](const RunRecord& run) { return exit_code_of(run) != kExitOk; });
  if (failed != report.runs.end())
    say(fmt::format("failed: {} {}.   dsched logs {}", failed->job, result_words(*failed),
                    failed->job));
}

}  // namespace dsched
