#include "cli/explain_reasons.h"

namespace dsched {
namespace {

struct Words {
  std::string_view meaning, remedy, key;
};

// No default: a new reason does not compile without its words.
Words words_of(Reason reason) {
  switch (reason) {
    case Reason::started:
      return {"The firing was due and its run was started.", "", ""};
    case Reason::disabled:
      return {"The job has enabled = false.", "Remove that line from the job's file.", "enabled"};
    case Reason::paused:
      return {"The job is paused, or all jobs are.", "dsched resume JOB, or dsched resume --all",
              ""};
    case Reason::overlap:
      return {"The previous run was still going, and overlap says what to do then.",
              "Set overlap = \"queue\", run it less often, or give it a timeout.", "overlap"};
    case Reason::lock_held:
      return {"A lock that the job needs was held by another run.",
              "Set overlap = \"queue\" to let more firings wait, or keep the holder shorter.",
              "locks"};
    case Reason::pool_full:
      return {
          "Every place in the job's pool was taken, or as many runs went on as max_running allows.",
          "Make the pool larger in [pools] of dsched.toml, or max_running in [daemon], or give "
          "the job a priority.",
          "pool"};
    case Reason::resources:
      return {"The host did not have what the job needs: slots, memory, or little enough load.",
              "Lower what the job asks for, or offer more in [host] of dsched.toml.", "resources"};
    case Reason::queue_full:
      return {"Too many firings were waiting already.",
              "Run it less often, or raise max_waiting in dsched.toml.", "overlap"};
    case Reason::condition:
      return {"What the job asks for did not hold: only_if, or after_on.",
              "Look at the condition; dsched run JOB runs it all the same.", "only_if"};
    case Reason::upstream_failed:
      return {"A job that it runs after did not succeed.",
              "Look why that job failed; after_on = \"any\" runs this one all the same.", "after"};
    case Reason::upstream_timeout:
      return {"A job that it runs after did not settle within after_timeout.",
              "Raise after_timeout, or look why the other job takes so long.", "after_timeout"};
    case Reason::daemon_down:
      return {"No daemon ran when it was due.",
              "Keep the daemon running; set catch_up to make up for missed firings.", "catch_up"};
    case Reason::host_asleep:
      return {"The host slept when it was due.", "Set catch_up to make up for missed firings.",
              "catch_up"};
    case Reason::deadline_passed:
      return {"It could have been started only later than start_deadline.",
              "Raise start_deadline, or look what kept it from starting.", "start_deadline"};
    case Reason::clock_jumped:
      return {"The clock of the host was set over the time when it was due.",
              "Look at the time synchronisation of the host.", "catch_up"};
    case Reason::user_unknown:
      return {"There is no such user or group, or the daemon may not become it.",
              "Create the user, or correct the key user: dsched check", "user"};
    case Reason::dir_missing:
      return {"The directory of the job could not be entered.",
              "Create the directory, or correct the key dir: dsched check", "dir"};
    case Reason::exec_failed:
      return {"The program could not be executed.",
              "Look at the path, its permissions and its first line: dsched check", "command"};
    case Reason::fork_failed:
      return {"The system could make no process.",
              "Look at memory and at the limit of processes on the host.", ""};
    case Reason::no_space:
      return {"The disk was full.", "Make room where state and logs are.", ""};
    case Reason::draining:
      return {"dsched was stopping.", "Start the daemon again.", ""};
    case Reason::cancelled:
      return {"Somebody took the firing back while it waited.", "Fire it again: dsched trigger JOB",
              ""};
    case Reason::no_match:
      return {"The schedule does not name that time.",
              "dsched next JOB shows its times, dsched explain its schedule.", "schedule"};
    case Reason::before_start:
      return {"The instant of the job was still to come.", "Wait, or correct the schedule.",
              "schedule"};
    case Reason::after_end:
      return {"The only instant of the job was over.", "Give the job another schedule.",
              "schedule"};
    case Reason::excepted:
      return {"That day is one of those that except takes out.", "Take the day out of except.",
              "except"};
    case Reason::dst_gap:
      return {"The clocks went forward over that time, and dst_gap = \"skip\".",
              "Set dst_gap = \"after\", or choose another hour.", "dst_gap"};
    case Reason::dst_repeat:
      return {"The clocks went back, that time came twice, and the job runs the first time only.",
              "Set dst_repeat = \"both\" to run it twice.", "dst_repeat"};
    case Reason::file_error:
      return {"The file of the job has errors, so it is not loaded.", "dsched check", ""};
    case Reason::file_ignored:
      return {"The file is not read: its name does not end in .toml or .cron.", "Rename the file.",
              ""};
    case Reason::not_loaded_yet:
      return {"The daemon had not loaded the job when it was due.", "dsched reload", ""};
  }
  return {};
}

}  // namespace

CodeText reason_text(Reason reason) {
  const Words words = words_of(reason);
  return {to_text(reason), words.meaning, words.remedy};
}

std::string_view key_of(Reason reason) {
  return words_of(reason).key;
}

const std::vector<Reason>& all_reasons() {
  static const std::vector<Reason> reasons = [] {
    std::vector<Reason> all;
    for (int value = 0; value <= static_cast<int>(Reason::not_loaded_yet); ++value)
      all.push_back(static_cast<Reason>(value));
    return all;
  }();
  return reasons;
}

}  // namespace dsched
