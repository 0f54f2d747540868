#include "daemon/recorder.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace dsched {

namespace {

constexpr Duration kFirstPause = std::chrono::milliseconds{200};
constexpr Duration kLongestPause = std::chrono::seconds{5};

}  // namespace

Recorder::Recorder(Loop& loop, Clock& clock, History* history, Listener listener)
    : loop_(loop), clock_(clock), history_(history), listener_(std::move(listener)) {}

void Recorder::add(std::vector<HistoryChange> changes) {
  if (changes.empty()) return;
  pending_.insert(pending_.end(), std::make_move_iterator(changes.begin()),
                  std::make_move_iterator(changes.end()));
  pump();
}

void Recorder::maintain(std::function<void(History&)> work, Loop::Callback done) {
  if (history_ == nullptr) return;
  maintenance_.push_back({std::move(work), std::move(done)});
  pump();
}

void Recorder::give_up() {
  history_ = nullptr;
  maintenance_.clear();
  retry_.reset();
  if (failed_ != nullptr) accept_all(std::exchange(failed_, nullptr));
}

bool Recorder::stop_trying() {
  if (failed_ == nullptr) return false;
  retry_.reset();
  return true;
}

void Recorder::pump() {
  if (busy_) return;
  if (!pending_.empty()) {
    busy_ = true;
    auto batch = std::make_shared<Batch>();
    batch->changes.swap(pending_);
    write(std::move(batch));
  } else if (!maintenance_.empty()) {
    busy_ = true;
    Maintenance next = std::move(maintenance_.front());
    maintenance_.pop_front();
    loop_.offload([work = std::move(next.work), history = history_] { work(*history); },
                  [this, done = std::move(next.done)] {
                    busy_ = false;
                    done();
                    pump();
                  });
  }
}

void Recorder::write(std::shared_ptr<Batch> batch) {
  if (history_ == nullptr) {
    loop_.offload([] {}, [this, batch] { accept_all(batch); });
    return;
  }
  loop_.offload([batch, history = history_] { batch->applied = history->apply(batch->changes); },
                [this, batch] { written(batch); });
}

void Recorder::written(const std::shared_ptr<Batch>& batch) {
  if (!batch->applied) {
    const bool first = !std::exchange(trouble_, true);
    pause_ = first ? kFirstPause : std::min(pause_ * 2, kLongestPause);
    failed_ = batch;
    retry_ =
        loop_.at(clock_.boot_now() + pause_, [this] { write(std::exchange(failed_, nullptr)); });
    if (first && listener_.on_trouble) listener_.on_trouble(batch->applied.error());
    return;
  }
  busy_ = false;
  const bool recovered = std::exchange(trouble_, false);
  if (recovered && listener_.on_recovered) listener_.on_recovered();
  if (listener_.on_recorded) listener_.on_recorded(batch->changes, *batch->applied);
  pump();
}

void Recorder::accept_all(const std::shared_ptr<Batch>& batch) {
  busy_ = false;
  const std::vector<AppliedChange> accepted(batch->changes.size());
  if (listener_.on_recorded) listener_.on_recorded(batch->changes, accepted);
  pump();
}

}  // namespace dsched
