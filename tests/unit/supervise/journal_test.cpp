#include "supervise/journal.h"

#include <fstream>

#include <doctest/doctest.h>

#include "base/wire.h"
#include "supervise/message.h"
#include "unit/supervise/harness.h"

using namespace dsched;

namespace {

AttemptOutcome some_outcome() {
  AttemptOutcome outcome;
  outcome.failure = {StartStep::dir, 2, "/srv/x"};
  outcome.timed_out = true;
  outcome.exit_code = 3;
  outcome.signal = 9;
  outcome.started_at = from_unix_us(1'700'000'000'000'001);
  outcome.ended_at = from_unix_us(1'700'000'001'000'002);
  outcome.duration = Duration{1'000'001};
  outcome.cpu_user = Duration{5};
  outcome.cpu_system = Duration{6};
  outcome.max_rss_bytes = 7;
  outcome.output_bytes = 8;
  outcome.dropped_bytes = 9;
  outcome.left_processes = true;
  return outcome;
}

std::string encoded(const AttemptOutcome& outcome) {
  WireWriter writer;
  encode(writer, outcome);
  return writer.take();
}

std::unique_ptr<Journal> open_journal(const std::string& path, const std::string& boot = "boot-1") {
  auto journal = Journal::open(path, boot, "uuid");
  REQUIRE(journal);
  return std::move(*journal);
}

// A journal with one attempt of each kind: acknowledged, ended, started, starting.
std::string write_sample(const std::string& path) {
  const auto journal = open_journal(path);
  for (const char* id : {"A", "B", "C", "D"}) REQUIRE(journal->starting({id, 1}, "job", "/cg"));
  for (const char* id : {"A", "B", "C"})
    REQUIRE(journal->started({id, 1}, {42, 43, "/cg", "/tmp/s"}, from_unix_us(5)));
  for (const char* id : {"A", "B"}) REQUIRE(journal->ended({id, 1}, some_outcome()));
  REQUIRE(journal->acknowledged({"A", 1}));
  return contents(path);
}

}  // namespace

TEST_CASE("a journal gives back what is not acknowledged") {
  const TempDir directory;
  const std::string path = directory.file("journal");
  write_sample(path);
  const auto journal = open_journal(path, "boot-2");
  CHECK(journal->previous_boot_id() == "boot-1");
  const auto entries = journal->entries();
  REQUIRE(entries.size() == 3);
  CHECK(entries[0]->key == AttemptKey{"B", 1});
  CHECK(encoded(*entries[0]->outcome) == encoded(some_outcome()));
  CHECK(entries[1]->trace->pid == 42);
  CHECK(entries[1]->trace->start_ticks == 43);
  CHECK(entries[1]->trace->script_path == "/tmp/s");
  CHECK(entries[1]->started_at == from_unix_us(5));
  CHECK_FALSE(entries[1]->outcome);
  CHECK_FALSE(entries[2]->trace);
  for (const JournalEntry* entry : entries) {
    CHECK(entry->boot_id == "boot-1");
    CHECK(entry->cgroup == "/cg");
    CHECK(entry->job == "job");
  }
}

TEST_CASE("a journal cut at any byte is read up to its last whole record") {
  const TempDir directory;
  const std::string bytes = write_sample(directory.file("journal"));
  std::size_t last = 0;
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const auto read = read_journal(std::string_view(bytes).substr(0, size));
    REQUIRE(read);
    CHECK(read->whole_bytes <= size);
    CHECK(read->whole_bytes >= last);
    last = read->whole_bytes;
  }
  CHECK(last == bytes.size());
}

TEST_CASE("a flipped bit is damage, or at most costs the last record") {
  const TempDir directory;
  const std::string bytes = write_sample(directory.file("journal"));
  const std::size_t last_record = read_journal(bytes.substr(0, bytes.size() - 1))->whole_bytes;
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const auto read = read_journal(flipped);
    CAPTURE(bit);
    if (bit / 8 < last_record) {
      REQUIRE_FALSE(read);
      CHECK(read.error().code == ErrorCode::corrupt);
    } else {
      REQUIRE(read);
      CHECK(read->whole_bytes == last_record);
    }
  }
}

TEST_CASE("a torn end is cut and written over; zeros after it are reserved space") {
  const TempDir directory;
  const std::string path = directory.file("journal");
  const std::string bytes = write_sample(path);
  for (const std::string& tail : {bytes.substr(0, 20), std::string(5000, '\0')}) {
    std::ofstream(path, std::ios::binary) << bytes << tail;
    REQUIRE(open_journal(path)->starting({"E", 1}, "job", ""));
    CHECK(open_journal(path)->entries().size() == 4);
  }
}

TEST_CASE("damage and other files are refused and left as they are") {
  const TempDir directory;
  const std::string path = directory.file("journal");
  std::string bytes = write_sample(path);
  bytes[20] = static_cast<char>(bytes[20] ^ 1);
  for (const std::string& text : {bytes, frame("\x02something else") + frame("\x01")}) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
    const auto journal = Journal::open(path, "boot", "uuid");
    REQUIRE_FALSE(journal);
    CHECK(journal.error().code == ErrorCode::corrupt);
    CHECK(contents(path) == text);
  }
}

TEST_CASE("a journal of thousands of acknowledged attempts stays small") {
  const TempDir directory;
  const std::string path = directory.file("journal");
  const auto journal = open_journal(path);
  REQUIRE(journal->starting({"KEPT", 1}, "job", ""));
  for (int i = 0; i < 5000; ++i) {
    const AttemptKey key{"RUN" + std::to_string(i), 1};
    REQUIRE(journal->starting(key, "job", ""));
    REQUIRE(journal->ended(key, some_outcome()));
    REQUIRE(journal->acknowledged(key));
  }
  CHECK(std::filesystem::file_size(path) < 600 << 10);
  const auto again = open_journal(path);
  REQUIRE(again->entries().size() == 1);
  CHECK(again->entries()[0]->key.run_id == "KEPT");
}

TEST_CASE("messages come back as they were sent, and no cut or foreign bytes are taken") {
  Message start{.type = MessageType::start};
  start.request.key = {"R", 2};
  start.request.job = "nightly/backup";
  start.request.argv = {"a", "", "c"};
  start.request.env = {"A=1"};
  start.request.identity = Identity{1, 2, {3, 4}};
  start.request.timeout = Duration{5};
  start.request.capture = Capture::separate;
  start.request.mask = {"secret"};
  start.request.max_output = 1ULL << 40;
  Message hello{.type = MessageType::hello};
  hello.supervisor = SupervisorHello{
      "id", false, {{{"R", 1}, from_unix_us(1), some_outcome()}, {{"S", 1}, {}, {}}}};
  Message ended{.type = MessageType::ended, .key = {"R", 2}};
  ended.outcome = some_outcome();
  for (const Message& message : {start, hello, ended}) {
    const std::string bytes = encode_message(message);
    const std::string body = bytes.substr(kFrameHeader);
    const auto back = decode_message(body);
    REQUIRE(back);
    CHECK(encode_message(*back) == bytes);
    for (std::size_t size = 0; size < body.size(); ++size)
      CHECK_FALSE(decode_message(body.substr(0, size)));
    CHECK_FALSE(decode_message(body + "x"));
  }
  CHECK_FALSE(decode_message("\x63"));
}
