#include "history/schema.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "history/sqlite.h"

namespace dsched {

namespace {

// Offsets in the header of an SQLite file: https://www.sqlite.org/fileformat2.html, 1.3.
constexpr std::size_t kHeaderSize = 100;
constexpr std::string_view kMagic{"SQLite format 3\0", 16};
constexpr std::size_t kUserVersionOffset = 60;
constexpr std::size_t kApplicationIdOffset = 68;

using Header = std::array<unsigned char, kHeaderSize>;

std::int64_t big_endian_32(const Header& header, std::size_t offset) {
  std::int64_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number * 256 + header[offset + i];
  return number;
}

// How many bytes could be read: less than kHeaderSize when the file is shorter.
Result<std::size_t> read_header(const std::string& path, Header& header) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return system_error("history " + path, errno);
  const ssize_t size = ::pread(file, header.data(), header.size(), 0);
  const int errnum = errno;
  ::close(file);
  if (size < 0) return system_error("history " + path, errnum);
  return static_cast<std::size_t>(size);
}

Error not_a_history(const std::string& path) {
  return {ErrorCode::corrupt, fmt::format("{} is not a dsched history", path),
          "move it away to start a new history, or use another state directory with --state DIR"};
}

Result<void> check_version(const std::string& path, std::int64_t version) {
  const auto known = static_cast<std::int64_t>(history_schema().size());
  if (version <= known) return {};
  return Error{ErrorCode::unsupported,
               fmt::format("history {} has schema version {}, this dsched knows up to version {}",
                           path, version, known),
               "upgrade dsched, or use another state directory with --state DIR"};
}

// A rollback journal beside the file means that its header may be half of a change that SQLite will
// undo.
bool has_rollback_journal(const std::string& path) {
  return ::access((path + "-journal").c_str(), F_OK) == 0;
}

SchemaStep first_step() {
  return {
      "CREATE TABLE jobs (job_id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, fence INTEGER NOT "
      "NULL DEFAULT 0,"
      " decided_until INTEGER, schedule_hash INTEGER, last_run INTEGER, last_skip_at INTEGER,"
      " last_success_at INTEGER, consecutive_failures INTEGER NOT NULL DEFAULT 0, recent TEXT NOT "
      "NULL DEFAULT '')"
      " STRICT",
      "CREATE TABLE runs (seq INTEGER PRIMARY KEY, run_id TEXT NOT NULL UNIQUE COLLATE NOCASE,"
      " short_id TEXT NOT NULL COLLATE NOCASE, job_id INTEGER NOT NULL REFERENCES jobs, firing_at "
      "INTEGER NOT NULL,"
      " trigger TEXT NOT NULL, host TEXT NOT NULL, fence INTEGER NOT NULL, supervisor TEXT NOT "
      "NULL,"
      " user TEXT NOT NULL, log_path TEXT NOT NULL, max_attempts INTEGER NOT NULL, claimed_at "
      "INTEGER NOT NULL,"
      " started_at INTEGER, ended_at INTEGER, result TEXT, exit_status INTEGER, took_us INTEGER) "
      "STRICT",
      "CREATE INDEX runs_of_job ON runs(job_id, claimed_at)",
      "CREATE INDEX runs_by_claim ON runs(claimed_at)",
      "CREATE INDEX runs_by_short_id ON runs(short_id)",
      "CREATE INDEX runs_unfinished ON runs(job_id) WHERE ended_at IS NULL",
      "CREATE TABLE attempts (run_seq INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE, number "
      "INTEGER NOT NULL,"
      " started_at INTEGER NOT NULL, ended_at INTEGER, failed_step TEXT, error_number INTEGER, "
      "failure_detail TEXT,"
      " lost INTEGER, timed_out INTEGER, stopped INTEGER, exit_code INTEGER, signal INTEGER, "
      "duration_us INTEGER,"
      " cpu_user_us INTEGER, cpu_system_us INTEGER, max_rss_bytes INTEGER, output_bytes INTEGER,"
      " dropped_bytes INTEGER, left_processes INTEGER, PRIMARY KEY (run_seq, number)) STRICT, "
      "WITHOUT ROWID",
      "CREATE TABLE decisions (job_id INTEGER NOT NULL REFERENCES jobs, firing_at INTEGER NOT NULL,"
      " last_firing_at INTEGER NOT NULL, firings INTEGER NOT NULL, kind TEXT NOT NULL, reason TEXT "
      "NOT NULL,"
      " detail TEXT NOT NULL, decided_at INTEGER NOT NULL, run_seq INTEGER, PRIMARY KEY (job_id, "
      "firing_at))"
      " STRICT, WITHOUT ROWID",
      "CREATE INDEX decisions_of_ranges ON decisions(job_id, last_firing_at) WHERE firings > 1",
      "CREATE INDEX decisions_not_started ON decisions(firing_at) WHERE kind <> 'started'",
  };
}

SchemaStep second_step() {
  return {
      "ALTER TABLE runs ADD COLUMN params TEXT NOT NULL DEFAULT ''",
      "ALTER TABLE runs ADD COLUMN outputs TEXT NOT NULL DEFAULT ''",
      "ALTER TABLE jobs ADD COLUMN consecutive_lost INTEGER NOT NULL DEFAULT 0",
      "ALTER TABLE jobs ADD COLUMN first_seen_at INTEGER",
      "ALTER TABLE jobs ADD COLUMN durations_us TEXT NOT NULL DEFAULT ''",
      "UPDATE jobs SET first_seen_at ="
      " (SELECT min(decided_at) FROM decisions WHERE job_id = jobs.job_id),"
      " durations_us = coalesce("
      " (SELECT group_concat(took_us, ' ') FROM (SELECT took_us FROM"
      "  (SELECT took_us, claimed_at FROM runs WHERE job_id = jobs.job_id AND result = 'ok'"
      "   AND took_us IS NOT NULL ORDER BY claimed_at DESC LIMIT 20) ORDER BY claimed_at)), '')",
      "CREATE TABLE waiting (job_id INTEGER NOT NULL REFERENCES jobs, firing_at INTEGER NOT NULL,"
      " trigger TEXT NOT NULL, began_at INTEGER NOT NULL, reason TEXT NOT NULL,"
      " detail TEXT NOT NULL, params TEXT NOT NULL, forced INTEGER NOT NULL DEFAULT 0, upstreams "
      "TEXT NOT NULL DEFAULT '', PRIMARY KEY (job_id, firing_at))"
      " STRICT, WITHOUT ROWID",
      "CREATE TABLE pauses (job TEXT PRIMARY KEY NOT NULL, kind TEXT NOT NULL,"
      " began_at INTEGER NOT NULL, ends_at INTEGER, who TEXT NOT NULL, reason TEXT NOT NULL)"
      " STRICT, WITHOUT ROWID",
      "CREATE TABLE alerts (alert_id INTEGER PRIMARY KEY, job_id INTEGER NOT NULL REFERENCES jobs,"
      " kind TEXT NOT NULL, about_at INTEGER NOT NULL, raised_at INTEGER NOT NULL,"
      " run_id TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL,"
      " UNIQUE (job_id, kind, about_at)) STRICT",
      "CREATE INDEX alerts_of_job ON alerts(job_id, kind, raised_at)",
      "CREATE INDEX alerts_by_time ON alerts(raised_at)",
      "CREATE TABLE deliveries (delivery_id INTEGER PRIMARY KEY,"
      " alert_id INTEGER NOT NULL REFERENCES alerts ON DELETE CASCADE, channel TEXT NOT NULL,"
      " tries INTEGER NOT NULL DEFAULT 0, tried_at INTEGER, next_try_at INTEGER,"
      " error TEXT NOT NULL DEFAULT '') STRICT",
      "CREATE INDEX deliveries_of_alert ON deliveries(alert_id)",
      "CREATE INDEX deliveries_due ON deliveries(next_try_at) WHERE next_try_at IS NOT NULL",
  };
}

}  // namespace

const std::vector<SchemaStep>& history_schema() {
  static const std::vector<SchemaStep> steps = {first_step(), second_step()};
  return steps;
}

Result<void> check_file_header(const std::string& path) {
  if (has_connection(path)) return {};  // it has been checked, and is in good hands
  Header header{};
  const Result<std::size_t> size = read_header(path, header);
  if (!size && size.error().code == ErrorCode::not_found) return {};
  if (!size) return size.error();
  if (*size == 0 || has_rollback_journal(path)) return {};
  if (*size < kHeaderSize || std::memcmp(header.data(), kMagic.data(), kMagic.size()) != 0)
    return not_a_history(path);
  if (big_endian_32(header, kApplicationIdOffset) != kHistoryApplicationId)
    return not_a_history(path);
  return check_version(path, big_endian_32(header, kUserVersionOffset));
}

Result<std::int64_t> check_schema(Connection& connection) {
  DSCHED_TRY_ASSIGN(const std::int64_t version, connection.integer("PRAGMA user_version"));
  DSCHED_TRY_ASSIGN(const std::int64_t application, connection.integer("PRAGMA application_id"));
  DSCHED_TRY_ASSIGN(const std::int64_t objects,
                    connection.integer("SELECT count(*) FROM sqlite_schema"));
  if (application == 0 && version == 0 && objects == 0) return 0;
  if (application != kHistoryApplicationId) return not_a_history(connection.path());
  DSCHED_TRY(check_version(connection.path(), version));
  return version;
}

Result<void> migrate(Connection& connection, const std::vector<SchemaStep>& steps) {
  const auto target = static_cast<std::int64_t>(steps.size());
  DSCHED_TRY_ASSIGN(Transaction transaction, Transaction::begin_write(connection));
  // Read under the lock: another process may have done it meanwhile.
  DSCHED_TRY_ASSIGN(const std::int64_t version, connection.integer("PRAGMA user_version"));
  if (version >= target) return {};
  for (auto step = static_cast<std::size_t>(version); step < steps.size(); ++step) {
    for (const std::string& sql : steps[step]) DSCHED_TRY(connection.execute(sql));
  }
  DSCHED_TRY(connection.execute(fmt::format("PRAGMA application_id = {}", kHistoryApplicationId)));
  DSCHED_TRY(connection.execute(fmt::format("PRAGMA user_version = {}", target)));
  return transaction.commit();
}

}  // namespace dsched
