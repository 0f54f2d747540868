#include "daemon/alert_message.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/duration_text.h"
#include "base/rfc3339.h"
#include "base/run_id.h"
#include "base/text.h"
#include "daemon/mail_format.h"

namespace dsched {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kTailLines = 20;
constexpr std::size_t kMostInDigest = 500;
constexpr std::string_view kMail = "mailto:", kCommand = "command:";

std::string subject_line(const std::string& host, const std::string& rest) {
  return visible(fmt::format("[dsched {}] {}", host, rest));
}

std::string what_happened(const Alert& alert) {
  return alert.job + ": " + alert.subject;
}

// In the zone of the job, as far as that is known.
std::string time_text(const AlertFacts& facts, Instant instant) {
  if (!facts.job) return format_rfc3339(instant, std::chrono::seconds{0}, true);
  return format_rfc3339(instant, facts.job->timetable.zone().at(floor_second(instant)).utc_offset);
}

std::optional<Instant> next_firing(const AlertFacts& facts) {
  if (!facts.job) return std::nullopt;
  const auto next = facts.job->timetable.next(floor_second(facts.now));
  return next ? std::optional<Instant>(*next) : std::nullopt;
}

// Whatever a job wrote, as lines that mailers and terminals take.
std::string clean_lines(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    std::vector<std::string> parts;
    for (const std::string_view part : split(line, '\t')) parts.push_back(visible(part));
    result += join(parts, "\t") + '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

std::string_view last_lines(std::string_view text, std::size_t count) {
  std::size_t start = text.size();
  if (text.ends_with('\n')) --start;
  while (start > 0) {
    if (text[start - 1] == '\n' && --count == 0) break;
    --start;
  }
  return text.substr(start);
}

class Body {
 public:
  void line(std::string_view name, const std::string& value) {
    if (!value.empty()) text_ += fmt::format("{:<9} {}\n", name, visible(value));
  }
  void paragraph(const std::string& lines) {
    if (lines.empty()) return;
    if (!text_.empty()) text_ += '\n';
    text_ += lines;
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string run_text(const AlertFacts& facts) {
  if (!facts.run) return facts.alert.run_id.empty() ? "" : short_run_id(facts.alert.run_id);
  const RunRecord& run = *facts.run;
  std::string text = short_run_id(run.run_id);
  if (run.started_at) text += ", started " + time_text(facts, *run.started_at);
  if (run.started_at && run.ended_at && *run.ended_at >= *run.started_at)
    text += ", took " + human_duration(*run.ended_at - *run.started_at);
  if (run.max_attempts > 1)
    text += fmt::format(", {} of {} tries", run.attempts.size(), run.max_attempts);
  return text;
}

std::string why_command(const AlertFacts& facts) {
  if (facts.decision)
    return fmt::format("dsched why {} --at {}", facts.alert.job,
                       time_text(facts, facts.alert.about));
  return "dsched why " + facts.alert.job;
}

std::string how_to_silence(const AlertFacts& facts) {
  if (!facts.job || facts.job->place.file.empty()) return "";
  const bool crontab = !facts.job->place.file.ends_with(".toml");
  return fmt::format("{} in {}", crontab ? "MAILTO" : "[notify]", facts.job->place.file);
}

void add_particulars(Body& body, const AlertFacts& facts) {
  const Alert& alert = facts.alert;
  const bool about_silence = alert.kind == AlertKind::overdue;
  body.line("job", alert.job);
  body.line("host", facts.host);
  body.line(about_silence ? "since" : "due", time_text(facts, alert.about));
  body.line("run", run_text(facts));
  if (facts.run && facts.run->result)
    body.line("result",
              fmt::format("{}, exit {}", to_text(*facts.run->result), facts.run->exit_status));
  if (facts.decision) {
    const std::string_view reason = to_text(facts.decision->reason);
    body.line("reason", facts.decision->detail.empty()
                            ? std::string(reason)
                            : fmt::format("{}: {}", reason, facts.decision->detail));
  }
  if (facts.last_success_at) body.line("last ok", time_text(facts, *facts.last_success_at));
  if (alert.kind == AlertKind::paused) {
    body.line("next", "not before dsched resume " + alert.job);
  } else if (const auto next = next_firing(facts)) {
    body.line("next", time_text(facts, *next));
  }
}

void add_commands(Body& body, const AlertFacts& facts) {
  body.line("look", why_command(facts));
  if (!facts.alert.run_id.empty()) body.line("", "dsched logs " + short_run_id(facts.alert.run_id));
  body.line("silence", how_to_silence(facts));
}

std::string titled(std::string_view title, std::string_view lines) {
  return lines.empty() ? "" : fmt::format("{}\n{}", title, lines);
}

// Output first, as cron mails it.
std::string output_text(const AlertFacts& facts, const std::string& output,
                        const std::string& error_output) {
  Body body;
  if (!facts.output_is_whole) body.paragraph("(the end of the output; the rest is in the log)\n");
  body.paragraph(output);
  body.paragraph(error_output);
  body.paragraph("-- \n");
  add_particulars(body, facts);
  add_commands(body, facts);
  return body.take();
}

std::string trouble_text(const AlertFacts& facts, const std::string& output,
                         const std::string& error_output) {
  Body body;
  body.paragraph(visible(what_happened(facts.alert)) + "\n");
  body.paragraph(clean_lines(facts.alert.text));
  Body particulars;
  add_particulars(particulars, facts);
  body.paragraph(particulars.take());
  body.paragraph(titled("last lines of the output", output));
  body.paragraph(titled("last lines of the error output", error_output));
  Body commands;
  add_commands(commands, facts);
  body.paragraph(commands.take());
  return body.take();
}

Json optional_text(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

Json time_json(const AlertFacts& facts, std::optional<Instant> instant) {
  return instant ? Json(time_text(facts, *instant)) : Json();
}

Json unix_json(std::optional<Instant> instant) {
  return instant ? Json(floor_second(*instant).time_since_epoch().count()) : Json();
}

Json run_json(const AlertFacts& facts) {
  if (!facts.run) return Json();
  const RunRecord& run = *facts.run;
  const bool ended = run.started_at && run.ended_at;
  return {{"run_id", run.run_id},
          {"result", run.result ? Json(to_text(*run.result)) : Json()},
          {"exit_code", run.result ? Json(run.exit_status) : Json()},
          {"trigger", to_text(run.trigger)},
          {"scheduled_at", time_json(facts, run.firing_at)},
          {"started_at", time_json(facts, run.started_at)},
          {"ended_at", time_json(facts, run.ended_at)},
          {"duration_s", ended ? Json(to_seconds(*run.ended_at - *run.started_at)) : Json()},
          {"attempts", run.attempts.size()},
          {"log", optional_text(run.log_path)}};
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string alert_json(const AlertFacts& facts, const AlertMessage& message,
                       const std::string& output, const std::string& error_output) {
  const std::optional<Instant> next = next_firing(facts);
  return dump({{"schema", "dsched.alert/1"},
               {"kind", message.kind},
               {"job", facts.alert.job},
               {"host", facts.host},
               {"subject", message.subject},
               {"text", message.text},
               {"about_at", message.about},
               {"about_unix", unix_json(facts.alert.about)},
               {"raised_at", time_json(facts, facts.alert.raised_at)},
               {"raised_unix", unix_json(facts.alert.raised_at)},
               {"run", run_json(facts)},
               {"reason", facts.decision ? Json(to_text(facts.decision->reason)) : Json()},
               {"output", optional_text(output)},
               {"error_output", optional_text(error_output)},
               {"last_success_at", time_json(facts, facts.last_success_at)},
               {"next_at", time_json(facts, next)},
               {"next_unix", unix_json(next)},
               {"alerts", Json()}});
}

std::string digest_text(const std::vector<Alert>& alerts, const AlertFacts& frame) {
  std::string text = fmt::format("{} more alerts came within a minute; they are told together.\n\n",
                                 alerts.size());
  const std::size_t shown = std::min(alerts.size(), kMostInDigest);
  for (std::size_t i = 0; i < shown; ++i)
    text += fmt::format("{}  {}\n", time_text(frame, alerts[i].about),
                        visible(what_happened(alerts[i])));
  if (shown < alerts.size()) text += fmt::format("and {} more\n", alerts.size() - shown);
  return text + "\nlook      dsched history\n          dsched why JOB\n";
}

std::string digest_json(const std::vector<Alert>& alerts, const AlertFacts& frame,
                        const AlertMessage& message) {
  Json list = Json::array();
  for (const Alert& alert : alerts)
    list.push_back({{"kind", to_text(alert.kind)},
                    {"job", alert.job},
                    {"subject", alert.subject},
                    {"about_at", time_text(frame, alert.about)},
                    {"about_unix", unix_json(alert.about)},
                    {"run_id", optional_text(alert.run_id)}});
  Json json = {{"schema", "dsched.alert/1"}, {"kind", message.kind},       {"job", Json()},
               {"host", frame.host},         {"subject", message.subject}, {"text", message.text}};
  for (const char* absent : {"about_at", "about_unix", "raised_at", "raised_unix", "run", "reason",
                             "output", "error_output", "last_success_at", "next_at", "next_unix"})
    json[absent] = Json();
  json["alerts"] = std::move(list);
  return dump(json);
}

std::string tail_for(AlertKind kind, std::string_view text) {
  return clean_lines(kind == AlertKind::output ? text : last_lines(text, kTailLines));
}

}  // namespace

AlertMessage alert_message(const AlertFacts& facts) {
  const Alert& alert = facts.alert;
  const std::string output = tail_for(alert.kind, facts.output);
  const std::string error_output = tail_for(alert.kind, facts.error_output);
  AlertMessage message;
  message.kind = to_text(alert.kind);
  message.job = alert.job;
  message.run_id = alert.run_id;
  message.about = time_text(facts, alert.about);
  message.subject = subject_line(facts.host, what_happened(alert));
  message.text = alert.kind == AlertKind::output ? output_text(facts, output, error_output)
                                                 : trouble_text(facts, output, error_output);
  message.json = alert_json(facts, message, output, error_output);
  return message;
}

AlertMessage digest_message(const std::vector<Alert>& alerts, const std::string& host,
                            Instant now) {
  AlertFacts frame;
  frame.host = host;
  AlertMessage message;
  message.kind = "digest";
  message.about = time_text(frame, now);
  message.subject = subject_line(host, fmt::format("{} more alerts", alerts.size()));
  message.text = digest_text(alerts, frame);
  message.json = digest_json(alerts, frame, message);
  return message;
}

std::optional<Parcel> pack(const AlertMessage& message, const std::string& channel,
                           const std::string& host, const MailSettings& mail, Instant now,
                           const std::string& message_id) {
  if (channel.starts_with(kMail)) {
    const std::string to = channel.substr(kMail.size());
    return Mail{mail.transport, mail.from, to,
                format_mail({mail.from, to, message.subject, now, message_id}, message.text)};
  }
  if (channel.starts_with("http://") || channel.starts_with("https://"))
    return WebPost{channel, message.json};
  if (!channel.starts_with(kCommand)) return std::nullopt;
  return CommandCall{channel.substr(kCommand.size()),
                     {{"DSCHED_ALERT_KIND", message.kind},
                      {"DSCHED_ALERT_JOB", message.job},
                      {"DSCHED_ALERT_RUN_ID", message.run_id},
                      {"DSCHED_ALERT_SUBJECT", message.subject},
                      {"DSCHED_ALERT_HOST", host},
                      {"DSCHED_ALERT_ABOUT", message.about}},
                     message.text};
}

std::string channel_for_log(const std::string& channel) {
  if (channel.starts_with(kMail)) return visible(channel);
  const std::size_t scheme_end = channel.find("://");
  if (scheme_end == std::string::npos) return visible(channel.substr(0, channel.find(':')));
  const std::size_t host = scheme_end + 3;
  const std::string authority = channel.substr(host, channel.find_first_of("/?#", host) - host);
  const std::size_t at = authority.rfind('@');
  return visible(channel.substr(0, host) +
                 (at == std::string::npos ? authority : authority.substr(at + 1)));
}

}  // namespace dsched
