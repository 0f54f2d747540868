#include "history/history.h"

#include <utility>

#include <fmt/format.h>

#include "history/alerts.h"
#include "history/changes.h"
#include "history/open.h"
#include "history/pauses.h"
#include "history/reader.h"
#include "history/waiting.h"

namespace dsched {

namespace {

// The reading half over a connection, for readers and for the writer alike.
template <class Interface>
class Reading : public Interface {
 public:
  explicit Reading(Connection connection) : connection_(std::move(connection)) {}

  Result<std::vector<RunRecord>> runs(const RunQuery& query) override {
    return read_runs(connection_, query);
  }
  Result<std::vector<Decision>> decisions(const DecisionQuery& query) override {
    return read_decisions(connection_, query);
  }
  Result<std::optional<Decision>> decision_at(const std::string& job, Instant firing_at) override {
    return read_decision_at(connection_, job, firing_at);
  }
  Result<std::map<std::string, JobSummary>> summaries() override {
    return read_summaries(connection_);
  }
  Result<RunStatistics> statistics(const std::string& job, std::optional<Instant> since) override {
    return read_statistics(connection_, job, since);
  }
  Result<std::vector<JobCursor>> cursors() override { return read_cursors(connection_); }
  Result<std::vector<SettledFiring>> last_settled() override {
    return read_last_settled(connection_);
  }
  Result<std::vector<JobPast>> pasts() override { return read_pasts(connection_); }
  Result<std::vector<WaitingRecord>> waiting(const std::vector<std::string>& jobs) override {
    return read_waiting(connection_, jobs);
  }
  Result<std::vector<Pause>> pauses() override { return read_pauses(connection_); }
  Result<std::vector<AlertRecord>> alerts(const AlertQuery& query) override {
    return read_alerts(connection_, query);
  }
  Result<std::vector<DueDelivery>> deliveries_due(Instant now, std::size_t limit) override {
    return read_deliveries_due(connection_, now, limit);
  }
  Result<std::optional<Instant>> next_delivery_at(Instant now) override {
    return read_next_delivery(connection_, now);
  }

 protected:
  Connection connection_;
};

class SqliteReader final : public Reading<HistoryReader> {
 public:
  using Reading::Reading;
};

class SqliteHistory final : public Reading<History> {
 public:
  using Reading::Reading;

  // So that the WAL file, which stays, is emptied when the connection closes: its size tells the
  // next writer that all went well.
  ~SqliteHistory() override { (void)connection_.execute("PRAGMA journal_size_limit = 0"); }

  Result<std::vector<AppliedChange>> apply(const std::vector<HistoryChange>& changes) override {
    return apply_changes(connection_, changes);
  }
  Result<std::vector<std::string>> prune(const std::string& job, Duration keep, int keep_runs,
                                         Instant now) override {
    return prune_job(connection_, job, keep, keep_runs, now);
  }
};

// "x/RUN.log" -> "x/RUN", ".log"; names without a dot have no suffix.
std::pair<std::string_view, std::string_view> split_suffix(std::string_view path) {
  const std::size_t name = path.rfind('/') + 1;  // npos + 1 is 0
  const std::size_t dot = path.rfind('.');
  const std::size_t end = dot == std::string_view::npos || dot <= name ? path.size() : dot;
  return {path.substr(0, end), path.substr(end)};
}

}  // namespace

std::string attempt_log_path(const std::string& log_path, int attempt) {
  if (attempt <= 1) return log_path;
  const auto [stem, suffix] = split_suffix(log_path);
  return fmt::format("{}.{}{}", stem, attempt, suffix);
}

std::string attempt_error_path(const std::string& log_path, int attempt) {
  const std::string path = attempt_log_path(log_path, attempt);
  return std::string(split_suffix(path).first) + ".err";
}

Result<std::unique_ptr<History>> open_history(const std::string& path) {
  DSCHED_TRY_ASSIGN(Connection connection, open_for_writing(path));
  return std::unique_ptr<History>(std::make_unique<SqliteHistory>(std::move(connection)));
}

Result<std::unique_ptr<HistoryReader>> open_history_for_reading(const std::string& path) {
  DSCHED_TRY_ASSIGN(Connection connection, open_for_reading(path));
  return std::unique_ptr<HistoryReader>(std::make_unique<SqliteReader>(std::move(connection)));
}

}  // namespace dsched
