#pragma once
// A job as the files define it, validated and with every default filled in. Plain data, owned by
// value.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/instant.h"
#include "base/result.h"
#include "time/timetable.h"

namespace dsched {

// Where a definition stands, for messages.
struct SourcePlace {
  std::string file;
  int line = 0;  // from 1
};

struct ShellCommand {
  std::string text;  // handed to Job::shell as its last argument
};
struct ArgvCommand {
  std::vector<std::string> words;  // executed directly; never empty
};
struct ScriptCommand {
  std::string text;  // its #! line chooses the interpreter, else Job::shell
};
using Command = std::variant<ShellCommand, ArgvCommand, ScriptCommand>;

struct EmptyInput {};
struct TextInput {
  std::string text;
};
struct FileInput {
  std::string path;
};
using StandardInput = std::variant<EmptyInput, TextInput, FileInput>;

struct EnvFile {
  std::string path;
  bool optional = false;  // "-" in front: may be absent
};

enum class Overlap { skip, queue, allow, replace };
enum class AfterOn { success, failure, any };
enum class CatchUp { none, last, all };
enum class OnLost { skip, rerun, hold };
enum class QueueOrder { first_come, shortest };
enum class Backoff { constant, linear, exponential };

struct RetryPolicy {
  int max = 0;  // attempts after the first
  Duration delay = std::chrono::seconds{30};
  Backoff backoff = Backoff::exponential;
  Duration max_delay = std::chrono::hours{1};
  std::vector<int> on;  // exit codes that are retried; empty = any failure
};

enum class Capture { merged, separate, none };

struct OutputPolicy {
  Capture capture = Capture::merged;
  std::uint64_t max_size = 10ULL << 20;  // bytes kept per run, head and tail; 0 = without limit
  bool tee = false;                      // also to the daemon's standard output, as "job | line"
  std::vector<std::string> mask;         // texts replaced by *** in the captured output
};

// What is made up of firings that were missed, and how late a firing may still start.
struct LatePolicy {
  CatchUp catch_up = CatchUp::none;
  Duration window = std::chrono::hours{24};
  std::optional<Duration> start_deadline;
};

// What a run needs before it may start. All of it is taken at once.
struct Needs {
  std::vector<std::string> locks;  // held from the first attempt to the end of the run
  std::string pool;                // empty: none
  std::vector<std::pair<std::string, std::uint64_t>> resources;  // of the host; memory in bytes
  std::optional<double> below_load;                              // 1-minute load of the host
  std::optional<Command> only_if;                                // exit 0: it may
};

// Files whose appearing or changing fires the job.
struct FileWatch {
  std::vector<std::string> globs;  // empty: none
  Duration settle = std::chrono::seconds{2};
};

struct Parameter {
  std::string name;  // seen as DSCHED_PARAM_NAME
  std::string description;
  std::optional<std::string> default_value;
  std::vector<std::string> choices;  // empty: anything
  bool required = false;
};

// What should happen; when it does not, that is a problem, and said so.
struct Expectations {
  std::optional<std::chrono::minutes> finish_by;  // time of day in the job's zone
  std::optional<Duration> within;                 // a success at least this often
  std::optional<Duration> max_runtime;
  bool learned_runtime = false;  // max_runtime from recorded durations
};

enum class AlertKind { failure, recovery, missed, output, late, overdue, slow, paused };

struct NotifyPolicy {
  std::vector<AlertKind> on = {AlertKind::failure, AlertKind::recovery, AlertKind::missed,
                               AlertKind::late,    AlertKind::overdue,  AlertKind::slow,
                               AlertKind::paused};
  std::vector<std::string> email;
  std::vector<std::string> webhooks;
  std::string command;                      // shell text; empty: none
  int after = 1;                            // failures in a row before the first message
  Duration repeat = std::chrono::hours{1};  // between messages about one trouble that goes on

  bool anybody() const { return !email.empty() || !webhooks.empty() || !command.empty(); }
};

struct HistoryPolicy {
  Duration keep = std::chrono::hours{24 * 90};
  int keep_runs = 1000;
};

struct Job {
  std::string name;
  std::string description;
  std::vector<std::string> tags;
  SourcePlace place;

  Command command = ShellCommand{};
  std::vector<std::string> shell = {"/bin/sh", "-c"};
  StandardInput input = EmptyInput{};
  std::string dir;    // empty: the home of the user
  std::string user;   // empty: the one dsched runs as
  std::string group;  // empty: the user's
  std::uint32_t umask = 022;
  std::vector<std::pair<std::string, std::string>>
      env;                 // in the order of the file; values not yet expanded
  bool expand_env = true;  // ${OTHER} and $$ in values; false for crontab files
  std::vector<EnvFile> env_files;
  bool inherit_env = false;  // start from dsched's own environment instead of an empty one
  std::vector<int> success_exit = {0};

  Timetable timetable;
  std::vector<std::string> schedules;  // as written, each of timetable.schedules()
  std::string timezone;                // as written; empty: the scope's zone and no TZ for the job
  bool enabled = true;
  std::vector<std::string> after;
  AfterOn after_on = AfterOn::success;
  std::optional<Duration> after_timeout;  // how long a firing waits for its upstreams
  LatePolicy late;
  FileWatch watch;
  std::vector<Parameter> parameters;
  // `dsched submit`: firings from this instant on are due, however long ago the job came to be
  // known.
  std::optional<Instant> submitted_at;

  std::optional<Duration> timeout;
  int stop_signal = 15;
  Duration kill_after = std::chrono::seconds{10};
  Overlap overlap = Overlap::skip;
  Needs needs;
  int priority = 0;
  QueueOrder queue = QueueOrder::first_come;
  OnLost on_lost = OnLost::skip;
  int pause_after_failures = 0;  // in a row; 0: never
  int pause_after_lost = 0;
  RetryPolicy retry;
  OutputPolicy output;
  HistoryPolicy history;
  Expectations expect;
  NotifyPolicy notify;
  std::vector<std::pair<std::string, SourcePlace>> key_places;  // of the keys that were written

  std::uint64_t definition_hash = 0;  // changes when anything that matters for a run changes
  std::uint64_t schedule_hash = 0;    // changes when the times of firings change
};

// [a-z0-9][a-z0-9._-]*, parts separated by '/', at most 100 bytes, no "..". The Error says what is
// wrong. A name that comes from a crontab file may also hold ':' (FILE:LINE-SLUG).
Result<void> check_job_name(std::string_view name);

std::string_view to_text(Overlap overlap);
std::string_view to_text(AfterOn after_on);
std::string_view to_text(CatchUp catch_up);
std::string_view to_text(OnLost on_lost);
std::string_view to_text(AlertKind kind);
std::optional<AlertKind> alert_kind_from_text(std::string_view text);

}  // namespace dsched
