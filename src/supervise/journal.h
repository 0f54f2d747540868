#pragma once
// What the supervisor must not forget when it is killed (journal.md).

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/run.h"
#include "supervise/attempts.h"
#include "supervise/descriptor.h"

namespace dsched {

// An attempt that is not acknowledged.
struct JournalEntry {
  AttemptKey key;
  std::string boot_id;  // of the boot that it began in
  std::string job;
  std::string cgroup;
  std::optional<ProcessTrace> trace;
  std::optional<Instant> started_at;
  std::optional<AttemptOutcome> outcome;
};

struct JournalContents {
  std::string boot_id;                // of the last supervisor; empty: the journal is new
  std::vector<JournalEntry> entries;  // oldest first
  std::size_t whole_bytes = 0;        // what follows is torn
};

// Damage that is not a torn end is ErrorCode::corrupt; a newer format ErrorCode::unsupported.
Result<JournalContents> read_journal(std::string_view bytes);

class Journal {
 public:
  // Reads the journal at path, or makes it (0600), and writes that a new supervisor has opened it.
  static Result<std::unique_ptr<Journal>> open(const std::string& path, const std::string& boot_id,
                                               const std::string& uuid);

  // The boot of the supervisor before this one; empty: there was none.
  const std::string& previous_boot_id() const { return previous_boot_id_; }

  // In the order of their beginnings.
  std::vector<const JournalEntry*> entries() const;
  const JournalEntry* find(const AttemptKey& key) const;

  // An error (no_space, io) means that it is not written and the attempt must not start.
  Result<void> starting(const AttemptKey& key, const std::string& job, const std::string& cgroup);
  // Of an attempt that is in the journal. An error means that the record waits in memory; it is
  // written with the next.
  Result<void> started(const AttemptKey& key, const ProcessTrace& trace, Instant started_at);
  Result<void> ended(const AttemptKey& key, const AttemptOutcome& outcome);
  Result<void> acknowledged(const AttemptKey& key);

 private:
  Journal(std::string path, Descriptor file, std::string boot_id, std::string uuid);
  JournalEntry& entry(const AttemptKey& key);
  void load(JournalContents contents);
  Result<void> reserve();
  Result<void> append(std::string_view body);
  Result<void> write_backlog();
  void compact_if_worthwhile();
  Result<void> compact();
  std::string snapshot() const;

  using Order = std::uint64_t;
  std::string path_;
  Descriptor file_;
  std::string boot_id_;
  std::string uuid_;
  std::string previous_boot_id_;
  std::map<Order, JournalEntry> entries_;
  std::map<std::pair<std::string, int>, Order> order_;
  Order next_order_ = 0;
  std::uint64_t size_ = 0;
  std::uint64_t reserved_ = 0;    // the disk has room up to here
  std::uint64_t compact_at_ = 0;  // size to look at compaction again
  std::string backlog_;           // frames that could not be written
};

}  // namespace dsched
