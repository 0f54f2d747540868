#include <algorithm>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "history/schema.h"
#include "history/sqlite.h"
#include "unit/history/history_fixture.h"

namespace dsched::test {
namespace {

constexpr uid_t kNobody = 65534;

// Of a job that ran well, was missed three times, failed, and runs; and of one that has a cursor
// only.
constexpr const char* kVersion1Rows = R"(
INSERT INTO jobs VALUES
  (1, 'a', 3, 6000, -2, 3, NULL, 2001, 1, 'omfr'),
  (2, 'b', 0, 6000, 7, NULL, NULL, NULL, 0, '');
INSERT INTO runs VALUES
  (1, 'R1', 'S1', 1, 1000, 'schedule', 'web1', 1, 'sup', 'root', '/log/R1.log', 1,
   1001, 1002, 2001, 'ok', 0, 77),
  (2, 'R2', 'S2', 1, 7000, 'manual', 'web1', 2, 'sup', 'root', '', 1,
   7001, 7002, 7003, 'failed', 1, 78),
  (3, 'R3', 'S3', 1, 8000, 'schedule', 'web1', 3, 'sup', 'root', '', 1,
   8001, 8002, NULL, NULL, NULL, NULL);
INSERT INTO attempts VALUES
  (1, 1, 1002, 2000, 'none', 0, '', 0, 0, 0, 0, 0, 77, 5, 6, 4096, 10, 0, 0);
INSERT INTO decisions VALUES
  (1, 1000, 1000, 1, 'started', 'started', '', 1001, 1),
  (1, 5000, 6000, 3, 'missed', 'daemon_down', '', 6001, NULL),
  (1, 7000, 7000, 1, 'started', 'started', '', 7001, 2),
  (1, 8000, 8000, 1, 'started', 'started', '', 8001, 3);
)";

struct FileFixture {
  TemporaryDirectory directory;
  std::string path = directory.file("history.db");

  // A file as another program, or another version of dsched, would have made it.
  void make_database(const std::string& sql) {
    sqlite3* database = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &database) == SQLITE_OK);
    REQUIRE(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(database);
  }

  void check_refused(ErrorCode code, const std::string& part_of_message) {
    const std::string before = bytes_of(path);
    const auto written = open_history(path);
    REQUIRE_FALSE(written);
    CHECK(written.error().code == code);
    CHECK_MESSAGE(written.error().message.find(part_of_message) != std::string::npos,
                  written.error().message);
    CHECK(written.error().message.find(path) != std::string::npos);
    CHECK_FALSE(written.error().hint.empty());
    const auto read = open_history_for_reading(path);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == code);
    CHECK(bytes_of(path) == before);
  }
};

// As another process sees it: a child, since a process does not see its own locks.
bool is_locked(const std::string& path) {
  const pid_t child = ::fork();
  if (child == 0) {
    struct flock whole {};
    whole.l_type = F_WRLCK;
    const int file = ::open(path.c_str(), O_RDWR);
    const bool locked = ::fcntl(file, F_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
    ::_exit(locked ? 1 : 0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

TEST_CASE_FIXTURE(FileFixture, "a reader beside the writer leaves the writer its locks") {
  { REQUIRE(open_history(path)); }
  auto history = open_history(path);
  REQUIRE(history);
  CHECK(is_locked(path));
  auto reader = open_history_for_reading(path);
  REQUIRE(reader);
  CHECK(is_locked(path));
  reader->reset();
  CHECK(is_locked(path));
  history->reset();
  CHECK_FALSE(is_locked(path));
}

TEST_CASE_FIXTURE(FileFixture, "a history is made, closed and opened again") {
  add_run(*must(open_history(path)), "a", 0, "R0");
  CHECK(ids_of(must(must(open_history(path))->runs({}))) == std::vector<std::string>{"R0"});
  CHECK(ids_of(must(must(open_history_for_reading(path))->runs({}))) ==
        std::vector<std::string>{"R0"});
}

TEST_CASE_FIXTURE(FileFixture, "the write-ahead log stays, empty, when a history is closed") {
  {
    const auto history = must(open_history(path));
    add_run(*history, "a", 0, "R0");
    CHECK(std::filesystem::file_size(path + "-wal") > 0);
  }
  CHECK(std::filesystem::file_size(path + "-wal") == 0);
}

TEST_CASE_FIXTURE(FileFixture, "signs that SQLite gives a meaning to may be in the path") {
  const std::string odd = directory.file("a?b#c%20d.db");
  add_run(*must(open_history(odd)), "a", 0, "R0");
  CHECK(std::filesystem::exists(odd));
  CHECK(must(must(open_history_for_reading(odd))->runs({})).size() == 1);
}

TEST_CASE_FIXTURE(FileFixture, "reading what is not there says so and makes no file") {
  CHECK(open_history_for_reading(path).error().code == ErrorCode::not_found);
  CHECK_FALSE(std::filesystem::exists(path));
  write_bytes(path, "");
  CHECK(open_history_for_reading(path).error().code == ErrorCode::not_found);
}

TEST_CASE_FIXTURE(FileFixture, "an empty file becomes a history") {
  write_bytes(path, "");
  add_run(*must(open_history(path)), "a", 0, "R0");
}

TEST_CASE_FIXTURE(FileFixture, "a file that is no database is refused and left alone") {
  write_bytes(path, "This is my diary. Dear diary, ...\n");
  check_refused(ErrorCode::corrupt, "is not a dsched history");
  write_bytes(path, std::string(8192, '\0'));
  check_refused(ErrorCode::corrupt, "is not a dsched history");
}

TEST_CASE_FIXTURE(FileFixture, "a database of another program is refused and left alone") {
  make_database("CREATE TABLE friends (name)");
  check_refused(ErrorCode::corrupt, "is not a dsched history");
  make_database("PRAGMA application_id = 7");
  check_refused(ErrorCode::corrupt, "is not a dsched history");
}

TEST_CASE_FIXTURE(FileFixture,
                  "a newer history is refused and left alone, and both versions are named") {
  must(open_history(path));
  make_database("PRAGMA user_version = 99");
  // In the WAL only: the header of the file does not tell.
  check_refused(ErrorCode::unsupported, "schema version 99, this dsched knows up to version 2");
  make_database("PRAGMA journal_mode = DELETE");
  check_refused(ErrorCode::unsupported, "schema version 99, this dsched knows up to version 2");
}

TEST_CASE_FIXTURE(FileFixture, "a truncated history is refused and left alone") {
  {
    const auto history = must(open_history(path));
    for (int i = 0; i < 300; ++i) add_run(*history, "a", i, "R" + std::to_string(i));
  }
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  check_refused(ErrorCode::corrupt, "malformed");
}

TEST_CASE_FIXTURE(
    FileFixture,
    "damage inside is found at opening when the last writer was killed, and left alone") {
  must(open_history(path));
  const auto kill_writer = [&] {
    in_child([&]() -> int {
      const auto history = must(open_history(path));
      for (int i = 0; i < 300; ++i) add_run(*history, "a", i, "R" + std::to_string(i));
      ::_exit(0);  // without closing
    });
  };
  kill_writer();
  REQUIRE(std::filesystem::file_size(path + "-wal") > 0);
  {
    Connection connection = must(Connection::open(path, OpenMode::create, std::chrono::seconds(1)));
    must(connection.execute("PRAGMA wal_checkpoint(FULL)"));
    connection.set_checkpoint_on_close(false);
    connection.keep_wal_file();
  }
  std::string bytes = bytes_of(path);
  std::fill(bytes.begin() + 8 * 4096, bytes.begin() + 20 * 4096, '\x5a');
  write_bytes(path, bytes);
  std::filesystem::remove(path + "-shm");
  write_bytes(path + "-wal", "left");
  const auto opened = open_history(path);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == ErrorCode::corrupt);
  CHECK(bytes_of(path) == bytes);
}

TEST_CASE_FIXTURE(FileFixture, "a reader sees each transaction whole, while the writer goes on") {
  const auto writer = must(open_history(path));
  const auto reader = must(open_history_for_reading(path));
  for (int i = 0; i < 50; ++i) {
    add_run(*writer, "a", i, "R" + std::to_string(i));
    apply(*writer, {skip("a", i + 0.5)});
    CHECK(must(reader->runs({})).size() == static_cast<std::size_t>(i) + 1);
    CHECK(must(reader->summaries()).at("a").running.empty());
  }
}

TEST_CASE_FIXTURE(FileFixture, "two writers in turn keep one line of fences") {
  const auto daemon = must(open_history(path));
  const auto foreground = must(open_history(path));
  CHECK(apply(*daemon, {claim("a", 0, "R0")})[0].fence == 1);
  CHECK(apply(*foreground, {claim("a", 1, "R1")})[0].fence == 2);
  CHECK_FALSE(accepted(*daemon, claim("a", 1, "R2")));
}

TEST_CASE_FIXTURE(
    FileFixture,
    "steps of a newer schema are applied to an older file, once, and keep what is in it") {
  add_run(*must(open_history(path)), "a", 0, "R0");
  std::vector<SchemaStep> steps = history_schema();
  steps.push_back(
      {"ALTER TABLE runs ADD COLUMN mood TEXT NOT NULL DEFAULT 'fine'", "CREATE TABLE extra (x)"});
  Connection connection = must(Connection::open(path, OpenMode::create, std::chrono::seconds(1)));
  must(migrate(connection, steps));
  must(migrate(connection, steps));
  CHECK(must(connection.integer("PRAGMA user_version")) == static_cast<std::int64_t>(steps.size()));
  CHECK(must(connection.text("SELECT run_id || mood FROM runs")) == "R0fine");
}

TEST_CASE_FIXTURE(FileFixture, "a file of version 1 is brought up to date and lacks nothing") {
  {
    Connection connection = must(Connection::open(path, OpenMode::create, std::chrono::seconds(1)));
    must(migrate(connection, {history_schema().front()}));
    must(connection.execute(kVersion1Rows));
  }
  CHECK(open_history_for_reading(path).error().code == ErrorCode::unsupported);
  const auto history = must(open_history(path));

  CHECK(ids_of(must(history->runs({}))) == std::vector<std::string>{"R3", "R2", "R1"});
  RunQuery query;
  query.firing_at = from_unix_us(1000);
  const RunRecord run = must(history->runs(query)).at(0);
  CHECK(run.run_id == "R1");
  CHECK(run.log_path == "/log/R1.log");
  CHECK(run.result == RunResult::ok);
  CHECK((run.params.empty() && run.outputs.empty()));
  REQUIRE(run.attempts.size() == 1);
  CHECK(run.attempts[0].outcome.max_rss_bytes == 4096);
  CHECK(must(history->decisions({})).size() == 4);
  CHECK(must(history->decision_at("a", from_unix_us(5500)))->firings == 3);
  CHECK(must(history->cursors()).at(0).decided_until == from_unix_us(6000));
  CHECK(must(history->summaries()).at("a").recent == "omfr");

  const std::vector<JobPast> pasts = must(history->pasts());
  REQUIRE(pasts.size() == 2);
  CHECK(pasts[0].first_seen_at == from_unix_us(1001));
  CHECK(pasts[0].last_success_at == from_unix_us(2001));
  CHECK(pasts[0].consecutive_failures == 1);
  CHECK(pasts[0].consecutive_lost == 0);
  CHECK(pasts[0].durations == std::vector<Duration>{Duration{77}});
  CHECK_FALSE(pasts[1].first_seen_at);
  CHECK(pasts[1].durations.empty());
  CHECK(apply(*history, {claim("a", 0, "R4")})[0].fence == 4);
}

TEST_CASE_FIXTURE(FileFixture,
                  "the last twenty durations are found when a file is brought up to date") {
  {
    Connection connection = must(Connection::open(path, OpenMode::create, std::chrono::seconds(1)));
    must(migrate(connection, {history_schema().front()}));
    must(connection.execute("INSERT INTO jobs (job_id, name) VALUES (1, 'a')"));
    // Newest first in the file, so that the order is not that of the rows.
    must(connection.execute(
        "WITH RECURSIVE n(i) AS (SELECT 30 UNION ALL SELECT i - 1 FROM n WHERE i > 1)"
        " INSERT INTO runs (run_id, short_id, job_id, firing_at, trigger, host, fence, supervisor,"
        " user, log_path, max_attempts, claimed_at, ended_at, result, exit_status, took_us)"
        " SELECT 'R' || i, i, 1, i, 'schedule', '', i, '', '', '', 1, i, i + 1, 'ok', 0, i FROM "
        "n"));
  }
  std::vector<Duration> expected;
  for (int i = 11; i <= 30; ++i) expected.emplace_back(i);
  CHECK(must(must(open_history(path))->pasts()).at(0).durations == expected);
}

TEST_CASE_FIXTURE(FileFixture, "a step that fails leaves the older file as it was") {
  add_run(*must(open_history(path)), "a", 0, "R0");
  std::vector<SchemaStep> steps = history_schema();
  steps.push_back({"CREATE TABLE extra (x)", "CREATE TABLE runs (x)"});
  {
    Connection connection = must(Connection::open(path, OpenMode::create, std::chrono::seconds(1)));
    CHECK_FALSE(migrate(connection, steps));
    CHECK(must(connection.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'extra'")) == 0);
  }
  CHECK(must(must(open_history(path))->runs({})).size() == 1);
}

TEST_CASE_FIXTURE(FileFixture, "who may read but not write can read, with and without a writer") {
  REQUIRE(::chmod(directory.path().c_str(), 0755) == 0);
  auto writer = must(open_history(path));
  add_run(*writer, "a", 0, "R0");
  const auto read_as_other = [&] {
    return in_child([&] {
      if (::geteuid() == 0 && ::setuid(kNobody) != 0) return 254;
      const auto reader = open_history_for_reading(path);
      return reader ? static_cast<int>(must((*reader)->runs({})).size()) : 253;
    });
  };
  const auto forbid_writing = [&](mode_t mode) {
    for (const char* end : {"", "-wal", "-shm"}) ::chmod((path + end).c_str(), 0444);
    ::chmod(directory.path().c_str(), mode);
  };
  forbid_writing(0555);
  CHECK(read_as_other() == 1);
  writer.reset();
  CHECK(read_as_other() == 1);
  ::chmod(directory.path().c_str(), 0755);
  for (const char* end : {"-wal", "-shm"}) std::filesystem::remove(path + end);
  ::chmod(directory.path().c_str(), 0555);
  CHECK(read_as_other() == 1);
  ::chmod(directory.path().c_str(), 0755);
}

TEST_CASE_FIXTURE(FileFixture, "a directory or file that may not be written is denied by name") {
  REQUIRE(::chmod(directory.path().c_str(), 0555) == 0);
  const auto code_as_other = [&] {
    return in_child([&] {
      if (::geteuid() == 0 && ::setuid(kNobody) != 0) return 254;
      const auto history = open_history(path);
      if (history || history.error().message.find(path) == std::string::npos) return 253;
      return static_cast<int>(history.error().code);
    });
  };
  CHECK(code_as_other() == static_cast<int>(ErrorCode::denied));
  REQUIRE(::chmod(directory.path().c_str(), 0755) == 0);
  must(open_history(path));
  for (const char* end : {"", "-wal", "-shm"}) ::chmod((path + end).c_str(), 0444);
  CHECK(code_as_other() == static_cast<int>(ErrorCode::denied));
  REQUIRE(::chmod(path.c_str(), 0) == 0);
  CHECK(code_as_other() == static_cast<int>(ErrorCode::denied));
}

}  // namespace
}  // namespace dsched::test
