#include "supervise/spawn.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/text.h"
#include "supervise/child.h"
#include "supervise/descriptor.h"
#include "supervise/raw_syscall.h"

namespace dsched {

namespace {

constexpr std::size_t kStackBytes = 64 << 10;

// The child's stack, with a page below it that faults.
class ChildStack {
 public:
  ChildStack() : guard_(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))) {
    base_ = ::mmap(nullptr, size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK,
                   -1, 0);
    if (base_ != MAP_FAILED) ::mprotect(base_, guard_, PROT_NONE);
  }
  ~ChildStack() {
    if (base_ != MAP_FAILED) ::munmap(base_, size());
  }
  ChildStack(const ChildStack&) = delete;
  ChildStack& operator=(const ChildStack&) = delete;

  bool ok() const { return base_ != MAP_FAILED; }
  void* top() const { return static_cast<char*>(base_) + size(); }

 private:
  std::size_t size() const { return guard_ + kStackBytes; }

  std::size_t guard_;
  void* base_ = MAP_FAILED;
};

// No handler of ours may run in the child, whose memory is ours.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockedSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_{};
};

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (std::string& text : strings) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

// Everything the child looks at.
struct Shared {
  explicit Shared(SpawnPlan plan_in)
      : plan(std::move(plan_in)),
        programs(program_candidates(plan.argv.front(), plan.env)),
        argv_pointers(pointers(plan.argv)),
        env_pointers(pointers(plan.env)),
        program_pointers(pointers(programs)) {
    child.argv = argv_pointers.data();
    child.env = env_pointers.data();
    child.programs = program_pointers.data();
    child.dir = plan.dir.empty() ? nullptr : plan.dir.c_str();
    child.umask = plan.umask;
    child.cgroup_procs = plan.cgroup_procs;
    child.input_path = plan.input_path.empty() ? nullptr : plan.input_path.c_str();
    child.input = plan.input;
    child.output = plan.output;
    child.error = plan.error;
    child.parent = ::getpid();
    if (plan.identity) set_identity(*plan.identity);
    if (plan.open_files) {
      child.open_files_soft = plan.open_files->rlim_cur;
      child.open_files_hard = plan.open_files->rlim_max;
    }
  }

  void set_identity(Identity& identity) {
    child.change_identity = true;
    child.uid = identity.uid;
    child.gid = identity.gid;
    if (::geteuid() != 0) return;
    if (identity.groups.empty()) identity.groups.push_back(identity.gid);
    child.groups = identity.groups.data();
    child.group_count = identity.groups.size();
  }

  SpawnPlan plan;
  std::vector<std::string> programs;
  std::vector<char*> argv_pointers;
  std::vector<char*> env_pointers;
  std::vector<char*> program_pointers;
  ChildPlan child;
  ChildStack stack;
};

std::string detail_of(StartStep step, int error, const SpawnPlan& plan) {
  switch (step) {
    case StartStep::dir:
      return plan.dir;
    case StartStep::input:
      return plan.input_path;
    case StartStep::exec:
      return error == ENOEXEC ? plan.argv.front() + " (no #! line)" : plan.argv.front();
    default:
      return "";
  }
}

class ClonedSpawning final : public Spawning {
 public:
  ClonedSpawning(std::unique_ptr<Shared> shared, pid_t pid, Descriptor status)
      : shared_(std::move(shared)), pid_(pid), status_(std::move(status)) {}

  ~ClonedSpawning() override {
    // A killed child lets go of our memory at once, unless the kernel is stuck in its call; then
    // the memory is left to it.
    pollfd end{status_.get(), POLLIN, 0};
    if (shared_ != nullptr && ::poll(&end, 1, 1000) != 1) static_cast<void>(shared_.release());
  }

  pid_t pid() const override { return pid_; }
  int status_fd() const override { return status_.get(); }
  int cgroup_error() const override { return cgroup_error_; }

  std::optional<StartFailure> finish() override {
    ChildFailure told;
    ssize_t got = 0;
    do {
      got = ::read(status_.get(), &told, sizeof told);
    } while (got < 0 && errno == EINTR);
    std::optional<StartFailure> failure;
    if (got == sizeof told) {
      const auto step = static_cast<StartStep>(told.step);
      failure = {step, told.error_number, detail_of(step, told.error_number, shared_->plan)};
      wait_for_end();
    }
    cgroup_error_ = shared_->child.cgroup_error;
    shared_.reset();
    return failure;
  }

 private:
  // The child has told its failure and is about to exit; it still runs on our memory until the pipe
  // ends.
  void wait_for_end() {
    char byte = 0;
    while (::read(status_.get(), &byte, 1) != 0 && errno == EINTR) {
    }
  }

  std::unique_ptr<Shared> shared_;
  pid_t pid_;
  Descriptor status_;
  int cgroup_error_ = 0;
};

// glibc's clone() takes the stack and the entry point; the flags make the child ours to reap by
// SIGCHLD.
int clone_child(Shared& shared) {
  const BlockedSignals blocked;
  const int flags = CLONE_VM | SIGCHLD | (DSCHED_HAS_RAW_SYSCALL ? 0 : CLONE_VFORK);
  return ::clone(run_child, shared.stack.top(), flags, &shared.child);
}

}  // namespace

tl::expected<std::unique_ptr<Spawning>, StartFailure> spawn(SpawnPlan plan) {
  const auto fork_failure = [](int error) {
    return tl::unexpected(StartFailure{StartStep::fork, error, ""});
  };
  auto shared = std::make_unique<Shared>(std::move(plan));
  if (!shared->stack.ok()) return fork_failure(ENOMEM);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fork_failure(errno);
  Descriptor read_end(ends[0]);
  const Descriptor write_end(ends[1]);
  shared->child.status = write_end.get();
  const int pid = clone_child(*shared);
  if (pid < 0) return fork_failure(errno);
  return std::make_unique<ClonedSpawning>(std::move(shared), pid, std::move(read_end));
}

std::vector<std::string> program_candidates(const std::string& name,
                                            const std::vector<std::string>& env) {
  if (name.find('/') != std::string::npos || name.empty()) return {name};
  std::string_view path = "/usr/bin:/bin";
  constexpr std::string_view kVariable = "PATH=";
  for (const std::string& entry : env) {
    if (entry.starts_with(kVariable)) path = std::string_view(entry).substr(kVariable.size());
  }
  std::vector<std::string> candidates;
  for (const std::string_view part : split(path, ':')) {
    candidates.push_back(part.empty() ? name : std::string(part) + "/" + name);
  }
  return candidates;
}

}  // namespace dsched
