#pragma once
// What an alert says, and how it goes into a mail, a web address or a command. Pure. The job's
// command line is in none of it.

#include <optional>
#include <string>
#include <vector>

#include "base/instant.h"
#include "env/courier.h"
#include "history/history.h"
#include "model/job.h"
#include "model/record.h"

namespace dsched {

// What is known of the job now.
struct JobOutlook {
  Timetable timetable;
  SourcePlace place;
};

struct AlertFacts {
  Alert alert;
  std::string host;
  Instant now{};
  std::optional<JobOutlook> job;     // none: the job is gone
  std::optional<RunRecord> run;      // that the alert is about
  std::optional<Decision> decision;  // on the firing that was missed
  std::optional<Instant> last_success_at;
  std::string output, error_output;  // the end of what the run wrote
  bool output_is_whole = true;
};

// The same for every channel.
struct AlertMessage {
  std::string kind;     // of AlertKind, or "digest"
  std::string job;      // empty in a digest
  std::string run_id;   // may be empty
  std::string about;    // RFC 3339
  std::string subject;  // "[dsched web1] sync-mail: failed with exit 28"
  std::string text;     // UTF-8 in lines
  std::string json;     // schema dsched.alert/1
};

AlertMessage alert_message(const AlertFacts& facts);

// One message that stands for many. Requires: alerts is not empty.
AlertMessage digest_message(const std::vector<Alert>& alerts, const std::string& host, Instant now);

struct MailSettings {
  std::string from;       // never empty
  std::string transport;  // not "none"
};

// nullopt: there is no such channel. The message id makes a mail that is delivered twice the same.
std::optional<Parcel> pack(const AlertMessage& message, const std::string& channel,
                           const std::string& host, const MailSettings& mail, Instant now,
                           const std::string& message_id);

// A channel as the log may show it: web addresses and commands can hold secrets.
std::string channel_for_log(const std::string& channel);

}  // namespace dsched
