#pragma once
// One attempt, from its preparation to the last process it left behind.

#include <memory>
#include <optional>
#include <string>

#include <sys/resource.h>

#include "supervise/attempts.h"
#include "supervise/capture.h"
#include "supervise/cgroup.h"
#include "supervise/script.h"
#include "supervise/spawn.h"

namespace dsched {

// What all attempts of this process share. Outlives them.
struct AttemptWorld {
  Loop& loop;
  Clock& clock;
  Entropy& entropy;
  Attempts::Listener listener;
  AttemptsOptions options;
  std::unique_ptr<Cgroups> cgroups;  // null: none to be had
  Descriptor null_device;
  std::optional<rlimit> job_files;  // RLIMIT_NOFILE for jobs, where ours was raised
};

class AttemptRun {
 public:
  // on_change is called when the attempt has ended, and when it has settled; never from inside the
  // constructor. It must not destroy the attempt at once.
  AttemptRun(AttemptWorld& world, StartRequest request, Loop::Callback on_change);
  ~AttemptRun();  // kills what runs
  AttemptRun(const AttemptRun&) = delete;
  AttemptRun& operator=(const AttemptRun&) = delete;

  void begin();  // on_started or on_ended follow, on_ended perhaps at once
  void stop(int signal);
  void kill();
  // The main process was reaped.
  void reaped(int wait_status, const rusage& usage);
  // Some other process was reaped: perhaps one of ours.
  void look_again();

  const AttemptKey& key() const { return request_.key; }
  pid_t pid() const { return pid_; }  // 0: not started, or reaped
  bool ended() const { return ended_; }
  // Nothing is left to do: ended, no pipe open, no cgroup left.
  bool settled() const;

 private:
  // Descriptors that the child takes over.
  struct Opened {
    Descriptor input;
    Descriptor output;
    Descriptor error;
    Descriptor cgroup_procs;
  };

  bool prepare(SpawnPlan& plan, Opened& opened);
  bool prepare_input(SpawnPlan& plan, Opened& opened);
  bool prepare_output(SpawnPlan& plan, Opened& opened);
  bool prepare_stream(OutputStream stream, std::shared_ptr<OutputFile> file, Descriptor& write_end);
  bool open_file(const std::string& path, std::shared_ptr<OutputFile>& file);
  bool prepare_command(SpawnPlan& plan);
  bool fail(StartStep step, int error, std::string detail);
  void on_status();
  void on_executed();
  void on_timeout();
  void terminate(int signal);
  void signal_all(int signal);
  void begin_killing();
  void kill_round();
  void check_survivors();
  bool survivors();
  void end();

  AttemptWorld& world_;
  StartRequest request_;
  Loop::Callback on_change_;
  ScriptFile script_;
  std::string cgroup_;  // empty: none
  std::unique_ptr<Spawning> spawning_;
  pid_t pid_ = 0;
  pid_t session_ = 0;  // the pid, also after it was reaped
  BootInstant spawned_{};
  AttemptOutcome outcome_;
  bool stopping_ = false;
  bool killing_ = false;
  bool main_ended_ = false;
  bool ended_ = false;
  int looks_ = 0;
  std::shared_ptr<OutputFile> out_file_;  // null: not kept
  std::shared_ptr<OutputFile> err_file_;  // null: not kept, or in out_file_
  std::unique_ptr<CapturedStream> out_;
  std::unique_ptr<CapturedStream> err_;
  Loop::Handle status_watch_;
  Loop::Handle timeout_;
  Loop::Handle kill_timer_;
  Loop::Handle look_timer_;
};

}  // namespace dsched
