#pragma once
// What the control socket asks for, made into events of the engine, and the answers: what became of
// it, told when it is on disk (control.md).

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "daemon/control.h"
#include "daemon/control_server.h"
#include "engine/engine.h"
#include "history/history.h"
#include "model/job.h"

namespace dsched {

class Requests {
 public:
  // What it needs of the daemon.
  struct Host {
    std::function<DaemonStatus()> status;
    std::function<Instant()> now;
    std::function<std::string(std::uint32_t uid)> user_name;
    std::function<const std::vector<Job>&()> jobs;                         // active ones
    std::function<const std::map<std::string, std::string>&()> open_runs;  // run id -> job
    std::function<void(const Event&)> feed;  // calls stepped() before it returns
    std::function<void(std::function<void(const ReloadReport&)> done)> reload;
    // Checks the definition and writes its file. Answers when it is due.
    std::function<Result<Instant>(const SubmitRequest&)> store;
    // Removes the file of a submitted job, and lets the files be read again, later.
    std::function<void(const Job&)> discard;
  };
  explicit Requests(Host host) : host_(std::move(host)) {}

  void serve(const ControlRequest& request, std::uint32_t peer_uid, ControlServer::Reply reply);

  // What a step records, before it is handed to the recorder.
  void stepped(const std::vector<HistoryChange>& record);

  // It is on disk. Called before the daemon forgets runs that ended.
  void recorded(const std::vector<HistoryChange>& changes,
                const std::vector<AppliedChange>& applied);

 private:
  using Record = std::vector<HistoryChange>;
  // refused: the run ids of claims that were not accepted.
  using Answer = std::function<std::string(const std::set<std::string>& refused)>;
  // An answer that waits for the disk.
  struct Pending {
    std::set<std::string> awaited;  // keys of changes
    std::set<std::string> refused;
    Answer answer;
    ControlServer::Reply reply;
  };

  struct Caller {
    std::uint32_t uid;
    ControlServer::Reply reply;
  };
  void handle(const StatusRequest& request, Caller caller);
  void handle(const ReloadRequest& request, Caller caller);
  void handle(const TriggerRequest& request, Caller caller);
  void handle(const StopRequest& request, Caller caller);
  void handle(const PauseRequest& request, Caller caller);
  void handle(const ResumeRequest& request, Caller caller);
  void handle(const ResolveRequest& request, Caller caller);
  void handle(const SubmitRequest& request, Caller caller);

  Record feed(const std::vector<Event>& events);
  Result<std::vector<const Job*>> find_jobs(const std::vector<std::string>& names) const;
  Result<void> check_trigger(const TriggerRequest& request) const;
  void resume(const std::vector<std::string>& names, bool hold, Caller caller);
  std::vector<std::string> runs_of(const std::vector<std::string>& jobs) const;
  void answer_when_recorded(const Record& record, Caller caller, Answer answer);
  void discard_settled(const std::vector<HistoryChange>& changes);

  Host host_;
  Record* collected_ = nullptr;  // while a request is fed
  std::vector<Pending> pending_;
};

}  // namespace dsched
