#include "supervise/attempt_run.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervise/processes.h"
#include "supervise/small_file.h"

namespace dsched {

namespace {

// How long to go on killing what does not die (a process in an uninterruptible call) before the
// attempt ends without.
constexpr int kMostLooks = 40;
constexpr int kPassesPerRound = 8;
constexpr int kLastWaitMs = 1000;

Duration pause_before_look(int looks) {
  return std::chrono::milliseconds{std::min(10 << std::min(looks, 6), 500)};
}

// A file without a name that holds text.
Descriptor text_file(const std::string& text) {
  Descriptor file(::memfd_create("dsched-input", MFD_CLOEXEC));
  std::size_t done = 0;
  while (file && done < text.size()) {
    const ssize_t written = ::write(file.get(), text.data() + done, text.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return {};
    done += static_cast<std::size_t>(written);
  }
  if (file) ::lseek(file.get(), 0, SEEK_SET);
  return above_standard(std::move(file));
}

Duration to_duration(const timeval& time) {
  return std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_usec};
}

}  // namespace

AttemptRun::AttemptRun(AttemptWorld& world, StartRequest request, Loop::Callback on_change)
    : world_(world), request_(std::move(request)), on_change_(std::move(on_change)) {}

AttemptRun::~AttemptRun() {
  if (session_ == 0 || ended_) return;
  signal_all(SIGKILL);
  if (pid_ > 0 && wait_until_ended({pid_}, kLastWaitMs)) ::waitpid(pid_, nullptr, WNOHANG);
  if (!cgroup_.empty()) remove_cgroup(cgroup_);
}

bool AttemptRun::settled() const {
  return ended_ && cgroup_.empty() && (out_ == nullptr || !out_->is_open()) &&
         (err_ == nullptr || !err_->is_open());
}

bool AttemptRun::fail(StartStep step, int error, std::string detail) {
  outcome_.failure = {step, error, std::move(detail)};
  return false;
}

void AttemptRun::begin() {
  outcome_.started_at = world_.clock.now();
  spawned_ = world_.clock.boot_now();
  SpawnPlan plan;
  Opened opened;
  if (stopping_ || !prepare(plan, opened)) {
    if (stopping_) outcome_.signal = request_.stop_signal;
    return end();
  }
  auto spawning = spawn(std::move(plan));
  if (!spawning) {
    outcome_.failure = std::move(spawning).error();
    return end();
  }
  spawning_ = std::move(*spawning);
  pid_ = session_ = spawning_->pid();
  status_watch_ =
      world_.loop.on_ready(spawning_->status_fd(), Loop::Interest::read, [this] { on_status(); });
  if (request_.timeout)
    timeout_ = world_.loop.at(spawned_ + *request_.timeout, [this] { on_timeout(); });
}

bool AttemptRun::prepare(SpawnPlan& plan, Opened& opened) {
  std::string cgroup;
  if (world_.cgroups != nullptr)
    cgroup = world_.cgroups->path_of(fmt::format("{}-{}", key().run_id, key().attempt));
  if (world_.listener.before_start) {
    const Result<void> written = world_.listener.before_start(key(), cgroup);
    if (!written)
      return fail(StartStep::output, written.error().code == ErrorCode::no_space ? ENOSPC : EIO,
                  written.error().message);
  }
  plan.env = request_.env;
  plan.dir = request_.dir;
  plan.identity = request_.identity;
  plan.umask = request_.umask;
  plan.open_files = world_.job_files;
  if (!prepare_input(plan, opened) || !prepare_output(plan, opened) || !prepare_command(plan))
    return false;
  if (cgroup.empty()) return true;
  opened.cgroup_procs = world_.cgroups->make(cgroup);
  plan.cgroup_procs = opened.cgroup_procs.get();
  if (opened.cgroup_procs) cgroup_ = std::move(cgroup);
  return true;
}

bool AttemptRun::prepare_input(SpawnPlan& plan, Opened& opened) {
  plan.input = world_.null_device.get();
  plan.input_path = request_.input_path;
  if (request_.input_text.empty()) return true;
  opened.input = text_file(request_.input_text);
  if (!opened.input) return fail(StartStep::input, errno, "");
  plan.input = opened.input.get();
  return true;
}

bool AttemptRun::prepare_output(SpawnPlan& plan, Opened& opened) {
  plan.output = plan.error = world_.null_device.get();
  const bool keep = request_.capture != Capture::none;
  const bool separate = request_.capture == Capture::separate;
  if (!keep && !request_.tee && !world_.listener.on_output) return true;
  if (keep && !open_file(request_.output_path, out_file_)) return false;
  if (separate && !open_file(request_.error_path, err_file_)) return false;
  if (!prepare_stream(OutputStream::out, out_file_, opened.output)) return false;
  plan.output = plan.error = opened.output.get();
  if (!separate && !request_.split_streams) return true;
  if (!prepare_stream(OutputStream::err, separate ? err_file_ : out_file_, opened.error))
    return false;
  plan.error = opened.error.get();
  return true;
}

bool AttemptRun::open_file(const std::string& path, std::shared_ptr<OutputFile>& file) {
  file = std::make_shared<OutputFile>();
  const int error = file->open(path, request_.max_output);
  return error == 0 || fail(StartStep::output, error, path);
}

bool AttemptRun::prepare_stream(OutputStream stream, std::shared_ptr<OutputFile> file,
                                Descriptor& write_end) {
  CaptureSinks sinks{Mask(request_.mask), std::move(file), {}, {}};
  if (request_.tee) sinks.tee.emplace(STDOUT_FILENO, request_.job);
  if (world_.listener.on_output) {
    sinks.listener = [this, stream](std::string_view bytes) {
      world_.listener.on_output(key(), stream, bytes);
    };
  }
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(StartStep::output, errno, "");
  Descriptor read_end(ends[0]);
  write_end = above_standard(Descriptor(ends[1]));
  ::fcntl(read_end.get(), F_SETFL, O_NONBLOCK);
  auto& captured = stream == OutputStream::out ? out_ : err_;
  captured = std::make_unique<CapturedStream>(world_.loop, std::move(read_end), std::move(sinks),
                                              [this] { look_again(); });
  return true;
}

bool AttemptRun::prepare_command(SpawnPlan& plan) {
  plan.argv = request_.argv;
  if (!request_.script.empty()) {
    auto script = write_script(world_.options.script_directory, request_.script, request_.identity,
                               world_.entropy);
    if (!script) return fail(StartStep::exec, script.error(), world_.options.script_directory);
    script_ = std::move(*script);
    plan.argv = script_command(request_.script, script_.path(), std::move(plan.argv));
  }
  if (plan.argv.empty()) return fail(StartStep::exec, ENOENT, "");
  return true;
}

void AttemptRun::on_status() {
  status_watch_.reset();
  const auto spawning = std::move(spawning_);
  outcome_.failure = spawning->finish().value_or(StartFailure{});
  if (spawning->cgroup_error() != 0) {
    remove_cgroup(cgroup_);
    cgroup_.clear();
  }
  // A child that was killed before exec shows like one that has passed it.
  if (outcome_.failure.step == StartStep::none && !stopping_) on_executed();
}

void AttemptRun::on_executed() {
  ProcessInfo info;
  read_process(session_, info);
  if (world_.listener.on_started) {
    const ProcessTrace trace{session_, info.start_ticks, cgroup_, script_.path()};
    world_.listener.on_started(key(), trace, outcome_.started_at);
  }
}

void AttemptRun::on_timeout() {
  if (stopping_) return;
  outcome_.timed_out = true;
  terminate(request_.stop_signal);
}

void AttemptRun::stop(int signal) {
  if (ended_) return;
  if (!stopping_) outcome_.stopped = true;
  terminate(signal == 0 ? request_.stop_signal : signal);
}

void AttemptRun::kill() {
  if (ended_) return;
  if (!stopping_) outcome_.stopped = true;
  stopping_ = true;
  begin_killing();
}

void AttemptRun::terminate(int signal) {
  const bool first = !std::exchange(stopping_, true);
  if (session_ == 0) return;
  if (signal == SIGKILL || spawning_ != nullptr) return begin_killing();
  signal_all(signal);
  signal_all(SIGCONT);
  if (!first) return;
  kill_timer_ =
      world_.loop.at(world_.clock.boot_now() + request_.kill_after, [this] { begin_killing(); });
}

// The main process may have no session of its own yet, so it is named as well.
void AttemptRun::signal_all(int signal) {
  if (pid_ > 0) ::kill(pid_, signal);
  if (!cgroup_.empty()) {
    if (signal == SIGKILL) return kill_cgroup(cgroup_);
    return signal_cgroup(cgroup_, signal);
  }
  for (const pid_t pid : processes_of(key().run_id, session_)) {
    if (pid != pid_) ::kill(pid, signal);
  }
}

void AttemptRun::begin_killing() {
  if (session_ == 0 || std::exchange(killing_, true)) return;
  looks_ = 0;
  kill_round();
}

// Several passes at once, for what forks faster than it can be found.
void AttemptRun::kill_round() {
  for (int pass = 0; pass < kPassesPerRound && (pass == 0 || survivors()); ++pass)
    signal_all(SIGKILL);
  check_survivors();
}

bool AttemptRun::survivors() {
  if (!cgroup_.empty()) return !cgroup_processes(cgroup_).empty();
  const auto pids = processes_of(key().run_id, session_);
  return std::any_of(pids.begin(), pids.end(), [this](pid_t pid) { return pid != pid_; });
}

// The outcome of an attempt that is being stopped waits until all of its processes are gone.
void AttemptRun::check_survivors() {
  if (ended_) return;
  if (main_ended_ && (!survivors() || (killing_ && looks_ >= kMostLooks))) return end();
  look_timer_ = world_.loop.at(world_.clock.boot_now() + pause_before_look(looks_ + 1), [this] {
    ++looks_;
    if (killing_)
      kill_round();
    else if (main_ended_)
      check_survivors();
  });
}

void AttemptRun::reaped(int wait_status, const rusage& usage) {
  if (spawning_ != nullptr) on_status();
  pid_ = 0;
  main_ended_ = true;
  if (outcome_.failure.step == StartStep::none) {
    if (WIFSIGNALED(wait_status))
      outcome_.signal = WTERMSIG(wait_status);
    else
      outcome_.exit_code = WEXITSTATUS(wait_status);
    outcome_.cpu_user = to_duration(usage.ru_utime);
    outcome_.cpu_system = to_duration(usage.ru_stime);
    outcome_.max_rss_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  }
  timeout_.reset();
  if (stopping_) return check_survivors();
  end();
}

void AttemptRun::look_again() {
  if (stopping_ && main_ended_ && !ended_) return check_survivors();
  if (!ended_) return;
  if (!cgroup_.empty() && remove_cgroup(cgroup_)) cgroup_.clear();
  if (settled()) on_change_();
}

void AttemptRun::end() {
  ended_ = true;
  timeout_.reset();
  kill_timer_.reset();
  look_timer_.reset();
  script_ = {};
  outcome_.ended_at = world_.clock.now();
  outcome_.duration = world_.clock.boot_now() - spawned_;
  for (const auto& stream : {out_.get(), err_.get()}) {
    if (stream == nullptr) continue;
    stream->drain();
    outcome_.output_bytes += stream->bytes();
    if (stream->is_open()) outcome_.left_processes = true;
  }
  for (const auto& file : {out_file_, err_file_}) {
    if (file != nullptr) outcome_.dropped_bytes += file->dropped();
  }
  if (!cgroup_.empty() && remove_cgroup(cgroup_)) cgroup_.clear();
  if (!cgroup_.empty() || (session_ > 0 && ::kill(-session_, 0) == 0))
    outcome_.left_processes = true;
  world_.listener.on_ended(key(), outcome_);
  on_change_();
}

}  // namespace dsched
