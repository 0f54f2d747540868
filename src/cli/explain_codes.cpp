#include "cli/explain_codes.h"

#include <vector>

#include "base/text.h"
#include "cli/explain_reasons.h"

namespace dsched {
namespace {

constexpr CodeText kDiagnostics[] = {
    {"E100", "The file is not TOML at this place.",
     "Compare the line with https://toml.io; strings stand in quotes."},
    {"E101", "A string is not closed before the end of its line.",
     "Add the missing quote. Text of several lines stands between ''' and '''."},
    {"E102", "The same key stands twice in one table.",
     "Remove one of them; the message names both places."},
    {"E103", "A word without quotes is not a TOML value.",
     "Write true or false for yes and no, and \"text\" for text."},
    {"E104", "The file holds bytes that are not UTF-8.", "Save it with the encoding UTF-8."},
    {"E201", "This key does not exist here.",
     "Look for a typing error; man dsched-job lists all keys."},
    {"E202", "The value is of the wrong type, such as \"3\" where a number is expected.",
     "Add or remove the quotes."},
    {"E203", "The value is not one of those that the key knows.", "The message lists them."},
    {"E204", "The number is outside of what is possible.", "The message names the limits."},
    {"E205", "The value is not a size.", "Write a number with a unit: \"512K\", \"10M\", \"1G\"."},
    {"E206", "A duration needs a unit, because 30 could be seconds or minutes.",
     "Write \"30s\", \"30m\" or \"30h\"."},
    {"E207", "The value cannot be used: it is empty, or not in the form that the key needs.",
     "The message says which form."},
    {"E208", "The name of a job, lock, pool or resource breaks the rules.",
     "Lower-case letters, digits and . _ - only, parts separated by /, at most 100 bytes."},
    {"E209", "A job of this name exists already; the first definition stays.",
     "Rename or remove one of them."},
    {"E210", "There is nothing to run.", "Give the job a command or a script."},
    {"E211", "The job has two things to run.", "Keep either command or script."},
    {"E212", "A file is either one job, or has all its jobs in [job.NAME] tables.",
     "Move the keys into a table."},
    {"E213", "A parameter is required, and the job starts by itself, where nobody can give it.",
     "Give the parameter a default, or take the schedule out."},
    {"E214", "The job names a pool that dsched.toml does not have.",
     "Correct the name, or write [pools] and NAME = 2 there."},
    {"E215", "The job needs a resource that the host does not offer, or more of it.",
     "Ask for less, or write [host] resources = { slots = 8 } in dsched.toml."},
    {"E220", "The key belongs to a later release of dsched.", "Remove it for now."},
    {"E301", "The schedule has the wrong number of fields.",
     "Five: minute, hour, day of month, month, day of week. Six: seconds first. Seven: year last."},
    {"E302", "A name in the schedule is not known.", "Months are JAN to DEC, days SUN to SAT."},
    {"E303", "A character is not expected at this place of the schedule.",
     "Fields hold numbers, names and * , - / ."},
    {"E304", "A number is outside of its field.",
     "Minutes and seconds 0 to 59, hours 0 to 23, days 1 to 31, months 1 to 12, weekdays 0 to 7."},
    {"E305", "The range runs backwards.", "Put the smaller value first."},
    {"E306", "A step of 0 would never move on.", "Steps are 1 or more."},
    {"E307", "An item of a list is empty, as in 1,,2.", "Remove the comma, or fill the gap."},
    {"E308", "A bare L in the day of the week says nothing.",
     "For the last Friday of the month write 5L or FRIL."},
    {"E309", "The nickname is not known, or something follows it.",
     "@hourly @daily @midnight @weekly @monthly @yearly @annually @reboot, or @every DURATION."},
    {"E310", "There is no such time zone.",
     "Write a name such as Europe/Berlin, or UTC, or local."},
    {"E311", "The interval is not possible.",
     "Write every 15m, every 1h30m, or every 6h from 04:30."},
    {"E312", "The instant is not possible.", "Write at 2026-11-20T02:15."},
    {"E313", "A day in except is not understood.",
     "Write \"2026-12-25\", \"12-24..12-26\" or \"file:holidays.ics\"."},
    {"E401", "There is no such user or group on this host.", "Create it, or correct the name."},
    {"E402", "The directory of the job does not exist.", "Create it, or correct the key dir."},
    {"E403", "Only the dsched of the system can run jobs as another user.",
     "Remove the key user, or move the job."},
    {"E405", "This cannot be the name of an environment variable.",
     "Letters, digits and _, not starting with a digit."},
    {"E406", "This cannot be the name of a user or group.", "Correct the spelling."},
    {"E501", "Somebody else could change this file and so run commands as you.",
     "chmod go-w FILE, and let it belong to you or to root."},
    {"E502", "The file or directory cannot be read.", "Look at its permissions."},
    {"E503", "There are too many job files, or they lie too deep.",
     "Put several jobs into one file."},
    {"E602", "The quotes of this crontab line do not enclose the value.",
     "Quote all of the value, or nothing."},
    {"E603", "A comment that sets keys for the next line cannot be understood.",
     "Write # dsched: name=backup timeout=2h ."},
    {"E701", "Jobs wait for each other in a circle, so none of them could start.",
     "Take one of the after keys out."},
    {"E702", "A job runs after one that does not exist.", "Correct the name in after."},
    {"W101", "A file in jobs.d is not read, because its name does not end in .toml or .cron.",
     "Rename or move it."},
    {"W201", "The key does nothing without another one.", "Add that one, or remove the key."},
    {"W202", "The schedule or the timeout makes the expectation useless.",
     "Make within longer than the longest gap of the schedule, and max_runtime shorter than the "
     "timeout."},
    {"W214", "A pool or resource does not count, because no dsched.toml is read with this file.",
     "Nothing, if the daemon runs the job; else name the settings with --config."},
    {"W304", "Both day fields are restricted: cron runs when EITHER matches.",
     "For the first Monday of a month write 0 9 * * 1#1; to demand both, put a + before the day of "
     "the week."},
    {"W305", "The range wraps around, as in 22-2.", "Nothing, if that is what you mean."},
    {"W306", "The step is larger than the range, so only the first value counts.",
     "Write that value alone."},
    {"W307", "The step does not divide its period, so the last distance is shorter.",
     "For equal distances write every 7m."},
    {"W308", "A day field starts with *, so BOTH day fields must match.",
     "Write 1-31 for * to mean either."},
    {"W309", "This time does not exist in the night when clocks go forward.",
     "dst_gap says what happens then; a time outside of that hour avoids it."},
    {"W310", "This schedule loses firings in the night when clocks go forward.",
     "Set dst_gap, or choose another hour."},
    {"W311", "This schedule never fires.", "Correct the day or the month."},
    {"W312", "The minute is *, so the job runs sixty times in that hour.",
     "Write 0 for the minute."},
    {"W403", "The program was not found.", "Write its whole path, or set PATH in env."},
    {"W404", "The program is not executable.", "chmod +x FILE"},
    {"W406", "~ and $HOME mean nothing in a command that is an array: no shell reads it.",
     "Write the path, or the command as one string."},
    {"W407", "The output is thrown away, and so is every error message.",
     "Drop the redirection; dsched keeps output."},
    {"W410", "A % has no special meaning in TOML files.",
     "Write % alone, without the backslash of crontabs."},
    {"W601", "MAILTO holds something that is not a mail address.",
     "Write addresses such as ana@example.org, with commas between them."},
    {"W602", "TZ in a crontab is what jobs see, not when they run.",
     "CRON_TZ sets the zone of the schedules."},
    {"W603", "The command starts with a word that looks like a user.",
     "Only /etc/crontab has a user column; remove the word."},
    {"W604", "LOGNAME cannot be set, as in cron.", "Remove the line."},
    {"W605", "A comment that sets keys belongs to no line.",
     "Put it right above the line it is for."},
    {"W606", "MAILFROM in a crontab does not count.", "The sender is [mail] from in dsched.toml."},
    {"W703", "A job runs after one that is not loaded now.",
     "Correct the file of that job: dsched check."},
};

constexpr CodeText kExitCodes[] = {
    {"0", "Done, and nothing is wrong; of a run: it ended ok.", ""},
    {"1", "The answer is no: check found errors. Of a run: the job's own code.", ""},
    {"2", "The command line is wrong: an unknown command or option, or a bad value.",
     "dsched help COMMAND"},
    {"3", "There is no such job, run or code.", "dsched list"},
    {"4", "The daemon is needed and cannot be reached.",
     "systemctl start dsched, or dsched daemon"},
    {"5", "Permission denied.", "Use the scope that is yours (--user), or become root."},
    {"6", "It exists already, or was changed meanwhile.", "dsched add --force replaces a job."},
    {"70", "An internal error of dsched.", "Please report it, with the text."},
    {"75", "Not possible now: the history is locked, damaged or newer, or the disk is full.",
     "Try again; the text says why."},
    {"124", "The run was ended because of its timeout, as timeout(1) says it.",
     "Raise timeout, or make the job faster."},
    {"125", "dsched itself failed before or around the job, or the run was lost.",
     "dsched history JOB"},
    {"126", "The program was found, but could not be executed.",
     "chmod +x FILE, and look at its first line."},
    {"127", "The program was not found.",
     "Jobs have a short PATH: write the whole path, or set PATH in env."},
    {"130", "Ended by Ctrl-C.", ""},
    {"137",
     "Ended by signal 9 (KILL): after kill_after, by the kernel for want of memory, or by hand.",
     ""},
    {"141", "The reader of our output has gone.", ""},
    {"143", "Ended by signal 15 (TERM).", ""},
};

constexpr CodeText kResults[] = {
    {"ok", "The run ended with a code of success_exit.", ""},
    {"failed", "The last try ended with another code, or could not be started.",
     "dsched logs JOB@failed"},
    {"timeout", "The run was stopped because it took longer than timeout.",
     "dsched logs JOB@timeout"},
    {"killed", "The run was ended by a signal that dsched did not send.", "dsched logs JOB@killed"},
    {"cancelled", "Somebody stopped the run.", ""},
    {"lost", "The host or the supervisor of the run died; what the job did is not known.",
     "Look at its output (dsched logs JOB@lost), then run it again if that is safe."},
};

const CodeText* find_in(std::span<const CodeText> table, std::string_view code) {
  for (const CodeText& entry : table) {
    if (to_lower_ascii(entry.code) == code) return &entry;
  }
  return nullptr;
}

}  // namespace

std::span<const CodeText> diagnostic_codes() {
  return kDiagnostics;
}
std::span<const CodeText> exit_codes() {
  return kExitCodes;
}
std::span<const CodeText> result_words() {
  return kResults;
}
std::span<const CodeText> reason_words() {
  static const std::vector<CodeText> words = [] {
    std::vector<CodeText> all;
    for (const Reason reason : all_reasons()) all.push_back(reason_text(reason));
    return all;
  }();
  return words;
}

const CodeText* find_code(std::string_view words) {
  std::string wanted = to_lower_ascii(trim(words));
  for (std::string_view title : {"exit code ", "exit ", "result ", "reason "}) {
    if (wanted.compare(0, title.size(), title) == 0) wanted.erase(0, title.size());
  }
  for (const auto& table : {diagnostic_codes(), exit_codes(), result_words(), reason_words()}) {
    if (const CodeText* found = find_in(table, wanted)) return found;
  }
  return nullptr;
}

}  // namespace dsched
