#pragma once
// Writes history off the loop's thread, in groups: while one transaction is on its way to the disk,
// the next collects. What has happened is never dropped: a transaction that fails is tried again
// until it succeeds.

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "env/clock.h"
#include "env/loop.h"
#include "history/history.h"

namespace dsched {

class Recorder {
 public:
  struct Listener {
    // On disk: each change with its answer.
    std::function<void(const std::vector<HistoryChange>&, const std::vector<AppliedChange>&)>
        on_recorded;
    std::function<void(const Error&)> on_trouble;  // the first failure of a row of them
    std::function<void()> on_recovered;
  };

  // history null: everything is accepted and forgotten. The history must outlive the recorder and
  // is used by nobody else.
  Recorder(Loop& loop, Clock& clock, History* history, Listener listener);

  void add(std::vector<HistoryChange> changes);

  // Other work on the history, between transactions, on the worker thread; then done on the loop's.
  void maintain(std::function<void(History&)> work, Loop::Callback done);

  // Drops the other work that has not begun; its done is not told.
  void drop_maintenance() { maintenance_.clear(); }

  // From now on everything is accepted and forgotten, the changes that wait included.
  void give_up();

  bool idle() const { return !busy_ && pending_.empty() && maintenance_.empty(); }

  // After a failure: does not try again. False when a try is on its way; ask again.
  bool stop_trying();

 private:
  struct Batch {
    std::vector<HistoryChange> changes;
    Result<std::vector<AppliedChange>> applied = std::vector<AppliedChange>{};
  };

  void pump();
  void write(std::shared_ptr<Batch> batch);
  void written(const std::shared_ptr<Batch>& batch);
  void accept_all(const std::shared_ptr<Batch>& batch);

  Loop& loop_;
  Clock& clock_;
  History* history_;
  Listener listener_;
  std::vector<HistoryChange> pending_;
  struct Maintenance {
    std::function<void(History&)> work;
    Loop::Callback done;
  };
  std::deque<Maintenance> maintenance_;
  bool busy_ = false;
  bool trouble_ = false;
  Duration pause_{0};
  Loop::Handle retry_;
  std::shared_ptr<Batch> failed_;
};

}  // namespace dsched
