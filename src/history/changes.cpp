#include "history/changes.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/check.h"
#include "base/run_id.h"
#include "history/alerts.h"
#include "history/pauses.h"
#include "history/rows.h"
#include "history/sqlite.h"
#include "history/summary.h"
#include "history/values.h"
#include "history/waiting.h"

namespace dsched {

namespace {

Result<std::optional<std::int64_t>> find_integer(Statement& query) {
  DSCHED_TRY_ASSIGN(const bool found, query.step());
  if (!found) return std::optional<std::int64_t>();
  return query.next_optional_integer();
}

Result<std::int64_t> job_id_of(Connection& connection, const std::string& job) {
  {
    DSCHED_TRY_ASSIGN(Statement query,
                      connection.statement("SELECT job_id FROM jobs WHERE name = ?"));
    DSCHED_TRY_ASSIGN(const std::optional<std::int64_t> known, find_integer(query.bind(job)));
    if (known) return *known;
  }
  DSCHED_TRY_ASSIGN(Statement insert, connection.statement("INSERT INTO jobs (name) VALUES (?)"));
  DSCHED_TRY(insert.bind(job).run());
  return connection.last_insert_rowid();
}

// Which decisions stand in the way of a firing.
enum class Guard {
  any,   // also those for a range
  own,   // those of the very same instant: the firing is one of its own
  runs,  // started ones of the very same instant: the firing is made up
};

Guard guard_of(Trigger trigger) {
  return trigger == Trigger::manual ? Guard::own : Guard::any;
}

// One apply(): takes the changes one by one and remembers whose summary they touched.
class ChangeWriter {
 public:
  explicit ChangeWriter(Connection& connection) : connection_(connection) {}

  Result<AppliedChange> operator()(const ClaimRun& change);
  Result<AppliedChange> operator()(const AddDecision& change);
  Result<AppliedChange> operator()(const AttemptStarted& change);
  Result<AppliedChange> operator()(const AttemptEnded& change);
  Result<AppliedChange> operator()(const RunEnded& change);
  Result<AppliedChange> operator()(const MoveCursor& change);
  Result<AppliedChange> operator()(const ForgetJob& change);
  Result<AppliedChange> operator()(const RebaseJob& change);
  Result<AppliedChange> operator()(const BeginWaiting& change);
  Result<AppliedChange> operator()(const SetPause& change);
  Result<AppliedChange> operator()(const EndPause& change);
  Result<AppliedChange> operator()(const RaiseAlert& change);
  Result<AppliedChange> operator()(const DeliveryTried& change);
  Result<void> refresh_summaries();

 private:
  struct RunKey {
    std::int64_t seq = 0;
    std::int64_t job_id = 0;
  };

  Result<bool> is_decided(std::int64_t job_id, Instant firing_at, Guard guard);
  Result<void> make_way(std::int64_t job_id, Instant firing_at);
  Result<std::optional<Instant>> begin_of_range(std::int64_t job_id, Instant first, Instant last);
  Result<std::uint64_t> next_fence(std::int64_t job_id);
  Result<std::int64_t> insert_run(std::int64_t job_id, const RunRecord& run, std::uint64_t fence);
  Result<void> insert_decision(std::int64_t job_id, const Decision& decision,
                               std::optional<std::int64_t> run_seq);
  Result<std::optional<RunKey>> find_run(const std::string& run_id);
  Result<void> mark_started(std::int64_t run_seq, Instant started_at);
  Result<void> drop_cursor(const std::string& job);

  Connection& connection_;
  std::set<std::int64_t> touched_;
};

constexpr AppliedChange kRefused{.accepted = false, .fence = 0};

Result<bool> ChangeWriter::is_decided(std::int64_t job_id, Instant firing_at, Guard guard) {
  // The plus leads SQLite to the index of the ranges, away from all that was decided before.
  DSCHED_TRY_ASSIGN(
      Statement query,
      connection_.statement(
          "SELECT EXISTS (SELECT 1 FROM decisions WHERE job_id = ?1 AND firing_at = ?2"
          " AND (?4 = 0 OR kind = 'started'))"
          " OR (?3 AND EXISTS (SELECT 1 FROM decisions WHERE job_id = ?1"
          " AND firings > 1 AND +firing_at <= ?2 AND last_firing_at >= ?2))"));
  query.bind(job_id).bind(firing_at);
  DSCHED_TRY(query.bind(std::int64_t{guard == Guard::any})
                 .bind(std::int64_t{guard == Guard::runs})
                 .step());
  return query.next_flag();
}

// Where a range may begin that is decided from `first` on: behind what is decided already. None
// when nothing is left of it.
Result<std::optional<Instant>> ChangeWriter::begin_of_range(std::int64_t job_id, Instant first,
                                                            Instant last) {
  for (Instant begin = first; begin <= last;) {
    DSCHED_TRY_ASSIGN(const bool decided, is_decided(job_id, begin, Guard::any));
    if (!decided) return std::optional(begin);
    DSCHED_TRY_ASSIGN(
        Statement query,
        connection_.statement("SELECT max(last_firing_at) FROM decisions WHERE job_id = ?1"
                              " AND firings > 1 AND +firing_at <= ?2 AND last_firing_at >= ?2"));
    DSCHED_TRY_ASSIGN(const auto covered, find_integer(query.bind(job_id).bind(begin)));
    begin = (covered ? from_unix_us(*covered) : begin) + Duration{1};
  }
  return std::optional<Instant>();
}

// Takes the skip or miss of the firing away. A range that begins there begins a moment later.
Result<void> ChangeWriter::make_way(std::int64_t job_id, Instant firing_at) {
  DSCHED_TRY_ASSIGN(Statement remove,
                    connection_.statement("DELETE FROM decisions WHERE job_id = ? AND firing_at = ?"
                                          " AND firings = 1"));
  DSCHED_TRY(remove.bind(job_id).bind(firing_at).run());
  for (Instant later = firing_at + Duration{1};; later += Duration{1}) {
    DSCHED_TRY_ASSIGN(const bool taken, is_decided(job_id, later, Guard::own));
    if (taken) continue;
    DSCHED_TRY_ASSIGN(Statement move,
                      connection_.statement("UPDATE decisions SET firing_at = ?1,"
                                            " last_firing_at = max(last_firing_at, ?1)"
                                            " WHERE job_id = ?2 AND firing_at = ?3"));
    return move.bind(later).bind(job_id).bind(firing_at).run();
  }
}

Result<std::uint64_t> ChangeWriter::next_fence(std::int64_t job_id) {
  DSCHED_TRY_ASSIGN(
      Statement update,
      connection_.statement("UPDATE jobs SET fence = fence + 1 WHERE job_id = ? RETURNING fence"));
  DSCHED_TRY(update.bind(job_id).step());
  const auto fence = static_cast<std::uint64_t>(update.next_integer());
  DSCHED_TRY(update.run());
  return fence;
}

Result<std::int64_t> ChangeWriter::insert_run(std::int64_t job_id, const RunRecord& run,
                                              std::uint64_t fence) {
  DSCHED_TRY_ASSIGN(
      Statement insert,
      connection_.statement(
          "INSERT INTO runs (run_id, short_id, job_id, firing_at, trigger, host, fence,"
          " supervisor, user, log_path, max_attempts, claimed_at, params)"
          " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  insert.bind(run.run_id)
      .bind(short_run_id(run.run_id))
      .bind(job_id)
      .bind(run.firing_at)
      .bind(to_text(run.trigger));
  insert.bind(run.host)
      .bind(static_cast<std::int64_t>(fence))
      .bind(run.supervisor)
      .bind(run.user)
      .bind(run.log_path);
  insert.bind(std::int64_t{run.max_attempts}).bind(run.claimed_at);
  DSCHED_TRY(insert.bind(values_to_text(run.params)).run());
  return connection_.last_insert_rowid();
}

Result<void> ChangeWriter::insert_decision(std::int64_t job_id, const Decision& decision,
                                           std::optional<std::int64_t> run_seq) {
  DSCHED_TRY_ASSIGN(
      Statement insert,
      connection_.statement(
          "INSERT INTO decisions (job_id, firing_at, last_firing_at, firings, kind,"
          " reason, detail, decided_at, run_seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  insert.bind(job_id)
      .bind(decision.firing_at)
      .bind(std::max(decision.firing_at, decision.last_firing_at));
  insert.bind(static_cast<std::int64_t>(decision.firings))
      .bind(to_text(decision.kind))
      .bind(to_text(decision.reason));
  DSCHED_TRY(insert.bind(decision.detail).bind(decision.decided_at).bind(run_seq).run());
  return count_decision(connection_, job_id, decision.decided_at);
}

Result<std::optional<ChangeWriter::RunKey>> ChangeWriter::find_run(const std::string& run_id) {
  DSCHED_TRY_ASSIGN(Statement query,
                    connection_.statement("SELECT seq, job_id FROM runs WHERE run_id = ?"));
  DSCHED_TRY_ASSIGN(const bool found, query.bind(run_id).step());
  if (!found) return std::optional<RunKey>();
  RunKey key{.seq = query.next_integer(), .job_id = 0};
  key.job_id = query.next_integer();
  return std::optional(key);
}

Result<void> ChangeWriter::mark_started(std::int64_t run_seq, Instant started_at) {
  DSCHED_TRY_ASSIGN(
      Statement update,
      connection_.statement("UPDATE runs SET started_at = ? WHERE seq = ? AND started_at IS NULL"));
  return update.bind(started_at).bind(run_seq).run();
}

Result<AppliedChange> ChangeWriter::operator()(const ClaimRun& change) {
  const auto& [decision, run, make_up] = change;
  DSCHED_CHECK(decision.job == run.job && decision.firing_at == run.firing_at);
  DSCHED_CHECK(decision.kind == DecisionKind::started);
  DSCHED_TRY_ASSIGN(const std::int64_t job_id, job_id_of(connection_, run.job));
  DSCHED_TRY(end_waiting(connection_, job_id, run.firing_at));
  DSCHED_TRY_ASSIGN(const bool decided, is_decided(job_id, run.firing_at,
                                                   make_up ? Guard::runs : guard_of(run.trigger)));
  if (decided) return kRefused;
  if (make_up) DSCHED_TRY(make_way(job_id, run.firing_at));
  DSCHED_TRY_ASSIGN(const std::uint64_t fence, next_fence(job_id));
  DSCHED_TRY_ASSIGN(const std::int64_t run_seq, insert_run(job_id, run, fence));
  DSCHED_TRY(insert_decision(job_id, decision, run_seq));
  touched_.insert(job_id);
  return AppliedChange{.accepted = true, .fence = fence};
}

Result<AppliedChange> ChangeWriter::operator()(const AddDecision& change) {
  Decision decision = change.decision;
  DSCHED_CHECK(decision.kind != DecisionKind::started);
  DSCHED_TRY_ASSIGN(const std::int64_t job_id, job_id_of(connection_, decision.job));
  DSCHED_TRY(end_waiting(connection_, job_id, decision.firing_at));
  const Instant last = decision.firings > 1 ? decision.last_firing_at : decision.firing_at;
  DSCHED_TRY_ASSIGN(const auto begin, begin_of_range(job_id, decision.firing_at, last));
  if (!begin) return kRefused;
  decision.firing_at = *begin;
  DSCHED_TRY(insert_decision(job_id, decision, std::nullopt));
  if (decision.firings > 1) {
    DSCHED_TRY(
        end_waiting_in_range(connection_, job_id, decision.firing_at, decision.last_firing_at));
  }
  touched_.insert(job_id);
  return AppliedChange{};
}

Result<AppliedChange> ChangeWriter::operator()(const AttemptStarted& change) {
  DSCHED_TRY_ASSIGN(const std::optional<RunKey> run, find_run(change.key.run_id));
  if (!run) return kRefused;
  DSCHED_TRY_ASSIGN(
      Statement insert,
      connection_.statement("INSERT INTO attempts (run_seq, number, started_at) VALUES (?, ?, ?)"
                            " ON CONFLICT DO NOTHING"));
  DSCHED_TRY(
      insert.bind(run->seq).bind(std::int64_t{change.key.attempt}).bind(change.started_at).run());
  DSCHED_TRY(mark_started(run->seq, change.started_at));
  return AppliedChange{};
}

Result<AppliedChange> ChangeWriter::operator()(const AttemptEnded& change) {
  DSCHED_TRY_ASSIGN(const std::optional<RunKey> run, find_run(change.key.run_id));
  if (!run) return kRefused;
  // The row of a started attempt makes way for the complete one; that of an ended attempt stays.
  DSCHED_TRY_ASSIGN(Statement remove,
                    connection_.statement("DELETE FROM attempts WHERE run_seq = ? AND number = ?"
                                          " AND ended_at IS NULL"));
  DSCHED_TRY(remove.bind(run->seq).bind(std::int64_t{change.key.attempt}).run());
  static const std::string sql = fmt::format(
      "INSERT INTO attempts (run_seq, {}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
      "?, ?, ?)"
      " ON CONFLICT DO NOTHING",
      kAttemptColumns);
  DSCHED_TRY_ASSIGN(Statement insert, connection_.statement(sql));
  insert.bind(run->seq);
  bind_attempt(insert, Attempt{change.key.attempt, change.outcome});
  DSCHED_TRY(insert.run());
  if (connection_.changes() == 0) return AppliedChange{};
  DSCHED_TRY_ASSIGN(
      Statement took,
      connection_.statement("UPDATE runs SET took_us = coalesce(took_us, 0) + ? WHERE seq = ?"));
  DSCHED_TRY(took.bind(change.outcome.duration).bind(run->seq).run());
  if (change.outcome.failure.step == StartStep::none)
    DSCHED_TRY(mark_started(run->seq, change.outcome.started_at));
  return AppliedChange{};
}

Result<AppliedChange> ChangeWriter::operator()(const RunEnded& change) {
  DSCHED_TRY_ASSIGN(const std::optional<RunKey> run, find_run(change.run_id));
  if (!run) return kRefused;
  DSCHED_TRY_ASSIGN(
      Statement update,
      connection_.statement("UPDATE runs SET result = ?, exit_status = ?, ended_at = ?,"
                            " outputs = ? WHERE seq = ? AND ended_at IS NULL"));
  update.bind(to_text(change.result))
      .bind(std::int64_t{change.exit_status})
      .bind(change.ended_at)
      .bind(values_to_text(change.outputs));
  DSCHED_TRY(update.bind(run->seq).run());
  if (connection_.changes() == 0) return AppliedChange{};
  DSCHED_TRY(count_ended_run(connection_, run->job_id, run->seq, change.result, change.ended_at));
  touched_.insert(run->job_id);
  return AppliedChange{};
}

Result<AppliedChange> ChangeWriter::operator()(const MoveCursor& change) {
  const JobCursor& cursor = change.cursor;
  DSCHED_TRY_ASSIGN(const std::int64_t job_id, job_id_of(connection_, cursor.job));
  DSCHED_TRY_ASSIGN(Statement update,
                    connection_.statement(
                        "UPDATE jobs SET decided_until = ?1, schedule_hash = ?2 WHERE job_id = ?3"
                        " AND (schedule_hash IS NOT ?2 OR decided_until <= ?1)"));
  update.bind(cursor.decided_until)
      .bind(static_cast<std::int64_t>(cursor.schedule_hash))
      .bind(job_id);
  DSCHED_TRY(update.run());
  return AppliedChange{.accepted = connection_.changes() == 1, .fence = 0};
}

Result<void> ChangeWriter::drop_cursor(const std::string& job) {
  DSCHED_TRY_ASSIGN(
      Statement update,
      connection_.statement("UPDATE jobs SET decided_until = NULL, schedule_hash = NULL"
                            " WHERE name = ?"));
  return update.bind(job).run();
}

Result<AppliedChange> ChangeWriter::operator()(const ForgetJob& change) {
  DSCHED_TRY(drop_cursor(change.job));
  DSCHED_TRY(end_all_waiting(connection_, change.job));
  return AppliedChange{};
}

Result<AppliedChange> ChangeWriter::operator()(const RebaseJob& change) {
  const Instant now = change.cursor.decided_until;
  DSCHED_TRY(drop_cursor(change.cursor.job));
  DSCHED_TRY_ASSIGN(const std::int64_t job_id, job_id_of(connection_, change.cursor.job));
  DSCHED_TRY_ASSIGN(
      Statement remove,
      connection_.statement(
          "DELETE FROM decisions WHERE job_id = ? AND firing_at > ? AND kind <> 'started'"));
  DSCHED_TRY(remove.bind(job_id).bind(now).run());
  DSCHED_TRY_ASSIGN(Statement cut,
                    connection_.statement("UPDATE decisions SET last_firing_at = ?2 WHERE job_id = "
                                          "?1 AND firings > 1 AND last_firing_at > ?2"));
  DSCHED_TRY(cut.bind(job_id).bind(now).run());
  DSCHED_TRY(end_waiting_for_schedule(connection_, job_id, now));
  touched_.insert(job_id);
  return (*this)(MoveCursor{change.cursor});
}

Result<AppliedChange> ChangeWriter::operator()(const BeginWaiting& change) {
  const WaitingRecord& waiting = change.waiting;
  DSCHED_TRY_ASSIGN(const std::int64_t job_id, job_id_of(connection_, waiting.job));
  const bool make_up = waiting.trigger == Trigger::backfill;
  DSCHED_TRY_ASSIGN(
      const bool decided,
      is_decided(job_id, waiting.firing_at, make_up ? Guard::runs : guard_of(waiting.trigger)));
  if (decided) return kRefused;
  DSCHED_TRY(put_waiting(connection_, job_id, waiting));
  return AppliedChange{};
}

Result<AppliedChange> ChangeWriter::operator()(const SetPause& change) {
  DSCHED_TRY(put_pause(connection_, change.pause));
  return AppliedChange{};
}

Result<AppliedChange> ChangeWriter::operator()(const EndPause& change) {
  DSCHED_TRY(end_pause(connection_, change.job));
  return AppliedChange{};
}

Result<AppliedChange> ChangeWriter::operator()(const RaiseAlert& change) {
  DSCHED_TRY_ASSIGN(const std::int64_t job_id, job_id_of(connection_, change.alert.job));
  DSCHED_TRY(raise_alert(connection_, job_id, change.alert));
  return AppliedChange{};
}

Result<AppliedChange> ChangeWriter::operator()(const DeliveryTried& change) {
  DSCHED_TRY_ASSIGN(const bool noted, note_delivery(connection_, change));
  return noted ? AppliedChange{} : kRefused;
}

Result<void> ChangeWriter::refresh_summaries() {
  for (const std::int64_t job_id : touched_) DSCHED_TRY(refresh_summary(connection_, job_id));
  return {};
}

}  // namespace

Result<std::vector<AppliedChange>> apply_changes(Connection& connection,
                                                 const std::vector<HistoryChange>& changes) {
  DSCHED_TRY_ASSIGN(Transaction transaction, Transaction::begin_write(connection));
  ChangeWriter writer(connection);
  std::vector<AppliedChange> applied;
  applied.reserve(changes.size());
  for (const HistoryChange& change : changes) {
    DSCHED_TRY_ASSIGN(const AppliedChange answer, std::visit(writer, change));
    applied.push_back(answer);
  }
  DSCHED_TRY(writer.refresh_summaries());
  DSCHED_TRY(transaction.commit());
  return applied;
}

}  // namespace dsched
