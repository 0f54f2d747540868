#include "supervise/child.h"

#include <cerrno>

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "supervise/raw_syscall.h"

namespace dsched {

#if !DSCHED_HAS_RAW_SYSCALL
long raw_syscall(long number, long a, long b, long c, long d) {
  const long result = syscall(number, a, b, c, d);
  return result == -1 ? -errno : result;
}
#endif

namespace {

template <class T>
DSCHED_RAW_CODE long address(T* pointer) {
  return reinterpret_cast<long>(pointer);
}

// The kernel's layout of struct sigaction and sigset_t, which are not those of the C library.
struct KernelSigaction {
  unsigned long words[4];
};
constexpr long kKernelSigsetBytes = 8;
constexpr int kLastSignal = 64;

[[noreturn]] DSCHED_RAW_CODE void fail(const ChildPlan& plan, StartStep step, long error) {
  const ChildFailure failure{static_cast<std::uint32_t>(step), static_cast<std::int32_t>(error)};
  raw_syscall(SYS_write, plan.status, address(&failure), sizeof failure);
  for (;;) raw_syscall(SYS_exit_group, 127);
}

DSCHED_RAW_CODE void require(const ChildPlan& plan, StartStep step, long result) {
  if (result < 0) fail(plan, step, -result);
}

DSCHED_RAW_CODE void join_cgroup(ChildPlan& plan) {
  if (plan.cgroup_procs < 0) return;
  const char self = '0';
  const long result = raw_syscall(SYS_write, plan.cgroup_procs, address(&self), 1);
  if (result < 0) plan.cgroup_error = static_cast<int>(-result);
}

// Done first, so that a child which hangs later (a directory on a dead server) holds no descriptor
// of its parent: no lock, no socket, no pipe of another job.
DSCHED_RAW_CODE void arrange_descriptors(ChildPlan& plan) {
  require(plan, StartStep::input, raw_syscall(SYS_dup3, plan.input, 0, 0));
  require(plan, StartStep::output, raw_syscall(SYS_dup3, plan.output, 1, 0));
  require(plan, StartStep::output, raw_syscall(SYS_dup3, plan.error, 2, 0));
  if (plan.status != 3) {
    require(plan, StartStep::output, raw_syscall(SYS_dup3, plan.status, 3, O_CLOEXEC));
    plan.status = 3;
  }
  if (raw_syscall(SYS_close_range, 4, -1, 0) >= 0) return;
  rlimit limit{};
  raw_syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, address(&limit));
  for (long fd = 4; fd < static_cast<long>(limit.rlim_cur); ++fd) raw_syscall(SYS_close, fd);
}

DSCHED_RAW_CODE void take_identity(const ChildPlan& plan) {
  if (!plan.change_identity) return;
  const long uid = plan.uid;
  const long gid = plan.gid;
  if (plan.groups != nullptr) {
    require(plan, StartStep::groups,
            raw_syscall(SYS_setgroups, static_cast<long>(plan.group_count), address(plan.groups)));
  }
  require(plan, StartStep::identity, raw_syscall(SYS_setresgid, gid, gid, gid));
  require(plan, StartStep::identity, raw_syscall(SYS_setresuid, uid, uid, uid));
  uid_t uids[3] = {};
  gid_t gids[3] = {};
  require(plan, StartStep::identity,
          raw_syscall(SYS_getresuid, address(&uids[0]), address(&uids[1]), address(&uids[2])));
  require(plan, StartStep::identity,
          raw_syscall(SYS_getresgid, address(&gids[0]), address(&gids[1]), address(&gids[2])));
  for (int i = 0; i < 3; ++i) {
    if (uids[i] != plan.uid || gids[i] != plan.gid) fail(plan, StartStep::identity, EPERM);
  }
}

DSCHED_RAW_CODE void open_input(const ChildPlan& plan) {
  if (plan.input_path == nullptr) return;
  const long fd = raw_syscall(SYS_openat, AT_FDCWD, address(plan.input_path), O_RDONLY | O_NOCTTY);
  require(plan, StartStep::input, fd);
  require(plan, StartStep::input, raw_syscall(SYS_dup3, fd, 0, 0));
  raw_syscall(SYS_close, fd);
}

// A change of identity clears the parent-death signal, so this comes after it. A parent that died
// before the signal was set shows as another parent.
DSCHED_RAW_CODE void die_with_parent(const ChildPlan& plan) {
  require(plan, StartStep::session, raw_syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL));
  if (raw_syscall(SYS_getppid) != plan.parent) fail(plan, StartStep::session, ESRCH);
}

DSCHED_RAW_CODE void restore_limits(const ChildPlan& plan) {
  if (plan.open_files_soft == 0) return;
  const rlimit limit{plan.open_files_soft, plan.open_files_hard};
  require(plan, StartStep::limits,
          raw_syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, address(&limit), 0));
}

// The parent blocked every signal around clone: until here none of its handlers could run in this
// child.
DSCHED_RAW_CODE void restore_signals() {
  const KernelSigaction by_default{};
  for (long number = 1; number <= kLastSignal; ++number) {
    raw_syscall(SYS_rt_sigaction, number, address(&by_default), 0, kKernelSigsetBytes);
  }
  const unsigned long none = 0;
  raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, address(&none), 0, kKernelSigsetBytes);
}

// execvp(3) looks on after these and reports a permission problem only when nothing else was found.
[[noreturn]] DSCHED_RAW_CODE void execute(const ChildPlan& plan) {
  long error = ENOENT;
  for (char* const* program = plan.programs; *program != nullptr; ++program) {
    const long result =
        -raw_syscall(SYS_execve, address(*program), address(plan.argv), address(plan.env));
    if (result != ENOENT && result != ENOTDIR && result != EACCES)
      fail(plan, StartStep::exec, result);
    if (error != EACCES) error = result;
  }
  fail(plan, StartStep::exec, error);
}

}  // namespace

DSCHED_RAW_CODE int run_child(void* argument) {
  ChildPlan& plan = *static_cast<ChildPlan*>(argument);
  join_cgroup(plan);
  arrange_descriptors(plan);
  require(plan, StartStep::session, raw_syscall(SYS_setsid));
  take_identity(plan);
  die_with_parent(plan);
  raw_syscall(SYS_umask, static_cast<long>(plan.umask));
  if (plan.dir != nullptr) require(plan, StartStep::dir, raw_syscall(SYS_chdir, address(plan.dir)));
  open_input(plan);
  restore_limits(plan);
  restore_signals();
  execute(plan);
}

}  // namespace dsched
