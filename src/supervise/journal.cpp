#include "supervise/journal.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/wire.h"
#include "supervise/small_file.h"

namespace dsched {

namespace {

constexpr std::uint32_t kFormat = 1;
constexpr std::size_t kLargestBody = 1 << 20;
constexpr std::uint64_t kCompactBytes = 256 << 10;
// Enough for all the records of one attempt; paths in them are at most 4 KiB.
constexpr std::uint64_t kRoomPerAttempt = 16 << 10;
constexpr std::uint64_t kReserveStep = 256 << 10;

enum class Record : std::uint8_t { opened = 1, starting, started, ended, acknowledged };

WireWriter begin_record(Record type) {
  WireWriter writer;
  writer.u8(static_cast<std::uint8_t>(type));
  return writer;
}

std::string opened_record(const std::string& boot_id, const std::string& uuid) {
  WireWriter writer = begin_record(Record::opened);
  writer.u32(kFormat);
  writer.string(boot_id);
  writer.string(uuid);
  return writer.take();
}

std::string starting_record(const AttemptKey& key, const std::string& job,
                            const std::string& cgroup) {
  WireWriter writer = begin_record(Record::starting);
  encode(writer, key);
  writer.string(job);
  writer.string(cgroup);
  return writer.take();
}

std::string started_record(const AttemptKey& key, const ProcessTrace& trace, Instant started_at) {
  WireWriter writer = begin_record(Record::started);
  encode(writer, key);
  writer.u32(static_cast<std::uint32_t>(trace.pid));
  writer.u64(trace.start_ticks);
  writer.string(trace.cgroup);
  writer.string(trace.script_path);
  writer.i64(to_unix_us(started_at));
  return writer.take();
}

std::string ended_record(const AttemptKey& key, const AttemptOutcome& outcome) {
  WireWriter writer = begin_record(Record::ended);
  encode(writer, key);
  encode(writer, outcome);
  return writer.take();
}

std::string acknowledged_record(const AttemptKey& key) {
  WireWriter writer = begin_record(Record::acknowledged);
  encode(writer, key);
  return writer.take();
}

Error damaged(std::size_t offset, std::string_view what) {
  return {ErrorCode::corrupt,
          "supervisor journal: " + std::string(what) + " at byte " + std::to_string(offset),
          "move the file away; runs that were open then count as lost"};
}

// A tail that holds no whole record any more was being written, or reserved, when the end came.
bool is_torn_tail(std::string_view tail) {
  if (std::all_of(tail.begin(), tail.end(), [](char c) { return c == 0; })) return true;
  for (std::size_t at = 1; at + kFrameHeader < tail.size(); ++at) {
    const FrameView view = read_frame(tail.substr(at), kLargestBody);
    if (view.state == FrameState::complete && !view.body.empty()) return false;
  }
  return true;
}

class JournalReader {
 public:
  explicit JournalReader(JournalContents& contents) : contents_(contents) {}

  Result<void> read(std::string_view body, std::size_t offset) {
    WireReader reader(body);
    const auto type = static_cast<Record>(reader.u8());
    if (offset == 0 && type != Record::opened) return damaged(offset, "not a journal");
    if (type == Record::opened) {
      DSCHED_TRY(read_opened(reader));
    } else if (!read_attempt(type, reader)) {
      return damaged(offset, "a record out of place");
    }
    if (!reader.at_end()) return damaged(offset, "a record that cannot be read");
    return {};
  }

 private:
  Result<void> read_opened(WireReader& reader) {
    const std::uint32_t format = reader.u32();
    if (format > kFormat)
      return Error{ErrorCode::unsupported, "supervisor journal: written by a newer dsched", ""};
    contents_.boot_id = reader.string();
    reader.string();
    return {};
  }

  bool read_attempt(Record type, WireReader& reader) {
    const AttemptKey key = decode_attempt_key(reader);
    auto& entries = contents_.entries;
    const auto found = std::find_if(entries.rbegin(), entries.rend(),
                                    [&](const JournalEntry& entry) { return entry.key == key; });
    if (type == Record::starting) {
      if (found != entries.rend()) return false;
      JournalEntry entry{key, contents_.boot_id, reader.string(), {}, {}, {}, {}};
      entry.cgroup = reader.string();
      entries.push_back(std::move(entry));
      return true;
    }
    if (found == entries.rend()) return false;
    if (type == Record::acknowledged) {
      entries.erase(std::next(found).base());
      return true;
    }
    if (type == Record::started) return read_started(*found, reader);
    if (type != Record::ended) return false;
    found->outcome = decode_attempt_outcome(reader);
    return true;
  }

  static bool read_started(JournalEntry& entry, WireReader& reader) {
    ProcessTrace trace;
    trace.pid = static_cast<std::int32_t>(reader.u32());
    trace.start_ticks = reader.u64();
    trace.cgroup = reader.string();
    trace.script_path = reader.string();
    entry.trace = std::move(trace);
    entry.started_at = from_unix_us(reader.i64());
    return true;
  }

  JournalContents& contents_;
};

bool write_at(int fd, std::string_view bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  return true;
}

void sync_directory_of(const std::string& path) {
  const std::string directory = std::filesystem::path(path).parent_path().string();
  const Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened) ::fsync(opened.get());
}

}  // namespace

Result<JournalContents> read_journal(std::string_view bytes) {
  JournalContents contents;
  JournalReader reader(contents);
  while (contents.whole_bytes < bytes.size()) {
    const std::string_view rest = bytes.substr(contents.whole_bytes);
    const FrameView view = read_frame(rest, kLargestBody);
    if (view.state != FrameState::complete || view.body.empty()) {
      if (is_torn_tail(rest)) break;
      return damaged(contents.whole_bytes, "damage");
    }
    DSCHED_TRY(reader.read(view.body, contents.whole_bytes));
    contents.whole_bytes += view.consumed;
  }
  return contents;
}

Journal::Journal(std::string path, Descriptor file, std::string boot_id, std::string uuid)
    : path_(std::move(path)),
      file_(std::move(file)),
      boot_id_(std::move(boot_id)),
      uuid_(std::move(uuid)) {}

Result<std::unique_ptr<Journal>> Journal::open(const std::string& path, const std::string& boot_id,
                                               const std::string& uuid) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return system_error(path, errno);
  Result<JournalContents> contents = read_journal(read_small_file(path));
  if (!contents) return with_context(std::move(contents).error(), path);
  if (::ftruncate(file.get(), static_cast<off_t>(contents->whole_bytes)) != 0)
    return system_error(path, errno);
  std::unique_ptr<Journal> journal(new Journal(path, std::move(file), boot_id, uuid));
  journal->load(std::move(*contents));
  DSCHED_TRY(journal->reserve());
  DSCHED_TRY(journal->append(opened_record(boot_id, uuid)));
  return journal;
}

void Journal::load(JournalContents contents) {
  previous_boot_id_ = std::move(contents.boot_id);
  size_ = reserved_ = contents.whole_bytes;
  compact_at_ = kCompactBytes;
  for (JournalEntry& old : contents.entries) entry(old.key) = std::move(old);
}

std::vector<const JournalEntry*> Journal::entries() const {
  std::vector<const JournalEntry*> list;
  for (const auto& [order, known] : entries_) list.push_back(&known);
  return list;
}

const JournalEntry* Journal::find(const AttemptKey& key) const {
  const auto found = order_.find({key.run_id, key.attempt});
  return found == order_.end() ? nullptr : &entries_.at(found->second);
}

// The entry of key, which is made when there is none.
JournalEntry& Journal::entry(const AttemptKey& key) {
  const auto [place, is_new] = order_.try_emplace({key.run_id, key.attempt}, next_order_);
  if (is_new) ++next_order_;
  return entries_[place->second];
}

Result<void> Journal::starting(const AttemptKey& key, const std::string& job,
                               const std::string& cgroup) {
  DSCHED_CHECK(find(key) == nullptr);
  DSCHED_TRY(reserve());
  DSCHED_TRY(write_backlog());
  Result<void> written = append(starting_record(key, job, cgroup));
  if (!written) {
    backlog_.clear();
    return written;
  }
  entry(key) = {key, boot_id_, job, cgroup, {}, {}, {}};
  return {};
}

Result<void> Journal::started(const AttemptKey& key, const ProcessTrace& trace,
                              Instant started_at) {
  JournalEntry& known = entry(key);
  known.trace = trace;
  known.started_at = started_at;
  return append(started_record(key, trace, started_at));
}

Result<void> Journal::ended(const AttemptKey& key, const AttemptOutcome& outcome) {
  entry(key).outcome = outcome;
  return append(ended_record(key, outcome));
}

Result<void> Journal::acknowledged(const AttemptKey& key) {
  const auto found = order_.find({key.run_id, key.attempt});
  if (found == order_.end()) return {};
  entries_.erase(found->second);
  order_.erase(found);
  DSCHED_TRY(append(acknowledged_record(key)));
  compact_if_worthwhile();
  return {};
}

// Room on the disk for the records of all attempts that are in the journal, and of one more.
Result<void> Journal::reserve() {
  const std::uint64_t needed = size_ + kRoomPerAttempt * (entries_.size() + 1);
  if (needed <= reserved_) return {};
  for (const std::uint64_t end : {needed + kReserveStep, needed}) {
    const int result = ::fallocate(file_.get(), FALLOC_FL_KEEP_SIZE, static_cast<off_t>(size_),
                                   static_cast<off_t>(end - size_));
    // A file system that cannot reserve is not a reason to start nothing.
    if (result == 0 || errno == EOPNOTSUPP || errno == ENOSYS) {
      reserved_ = end;
      return {};
    }
  }
  return system_error("supervisor journal", errno);
}

Result<void> Journal::append(std::string_view body) {
  backlog_ += frame(body);
  return write_backlog();
}

Result<void> Journal::write_backlog() {
  if (!write_at(file_.get(), backlog_, size_)) {
    const int error = errno;
    [[maybe_unused]] const int cut = ::ftruncate(file_.get(), static_cast<off_t>(size_));
    return system_error("supervisor journal", error);
  }
  size_ += backlog_.size();
  backlog_.clear();
  return {};
}

void Journal::compact_if_worthwhile() {
  if (size_ < compact_at_ || !backlog_.empty()) return;
  // Failing to compact costs space only; it is tried again when the file has doubled.
  static_cast<void>(compact().has_value());
  compact_at_ = std::max(kCompactBytes, 2 * size_);
}

Result<void> Journal::compact() {
  const std::string text = snapshot();
  const std::string temporary = path_ + ".new";
  Descriptor file(
      ::open(temporary.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return system_error(temporary, errno);
  if (!write_at(file.get(), text, 0) || ::fsync(file.get()) != 0 ||
      ::rename(temporary.c_str(), path_.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    return system_error(temporary, error);
  }
  sync_directory_of(path_);
  file_ = std::move(file);
  size_ = reserved_ = text.size();
  return reserve();
}

std::string Journal::snapshot() const {
  std::string text = frame(opened_record(boot_id_, uuid_));
  for (const auto& [order, known] : entries_) {
    text += frame(starting_record(known.key, known.job, known.cgroup));
    if (known.trace) text += frame(started_record(known.key, *known.trace, *known.started_at));
    if (known.outcome) text += frame(ended_record(known.key, *known.outcome));
  }
  return text;
}

}  // namespace dsched
