#include "daemon/control_codec.h"

#include <array>
#include <utility>

#include <nlohmann/json.hpp>

namespace dsched {

namespace {

using nlohmann::json;

constexpr std::array<std::pair<ErrorCode, const char*>, 11> kErrorNames = {
    {{ErrorCode::invalid, "invalid"},
     {ErrorCode::not_found, "not_found"},
     {ErrorCode::exists, "exists"},
     {ErrorCode::denied, "denied"},
     {ErrorCode::unavailable, "unavailable"},
     {ErrorCode::timeout, "timeout"},
     {ErrorCode::no_space, "no_space"},
     {ErrorCode::io, "io"},
     {ErrorCode::corrupt, "corrupt"},
     {ErrorCode::unsupported, "unsupported"},
     {ErrorCode::internal, "internal"}}};

constexpr std::array<std::pair<TriggeredFiring::State, std::string_view>, 4> kStates = {
    {{TriggeredFiring::State::started, "started"},
     {TriggeredFiring::State::waiting, "waiting"},
     {TriggeredFiring::State::skipped, "skipped"},
     {TriggeredFiring::State::refused, "refused"}}};

const char* name_of(ErrorCode code) {
  for (const auto& [value, name] : kErrorNames) {
    if (value == code) return name;
  }
  return "internal";
}

ErrorCode code_of(const std::string& name) {
  for (const auto& [value, text] : kErrorNames) {
    if (name == text) return value;
  }
  return ErrorCode::internal;
}

Error bad_message() {
  return Error{ErrorCode::invalid, "the control socket answered something else than expected", ""};
}

// The reply's object when it says ok, else the Error it carries. Replies come from another process:
// anything may be in them, so every access below is checked by nlohmann and its exceptions end
// here.
template <class T, class Read>
Result<T> decode(std::string_view body, Read read) {
  try {
    const json reply = json::parse(body);
    if (!reply.at("ok").get<bool>()) {
      return Error{code_of(reply.at("error").get<std::string>()),
                   reply.at("message").get<std::string>(), reply.at("hint").get<std::string>()};
    }
    return read(reply);
  } catch (const json::exception&) {
    return bad_message();
  }
}

json to_json(const Diagnostic& diagnostic) {
  return {{"severity", diagnostic.severity == Severity::error ? "error" : "warning"},
          {"code", diagnostic.code},
          {"message", diagnostic.message},
          {"file", diagnostic.file},
          {"line", diagnostic.line},
          {"column", diagnostic.column},
          {"end_column", diagnostic.end_column},
          {"source_line", diagnostic.source_line},
          {"source_column", diagnostic.source_column},
          {"label", diagnostic.label},
          {"help", diagnostic.help}};
}

Diagnostic to_diagnostic(const json& value) {
  Diagnostic diagnostic;
  diagnostic.severity = value.at("severity") == "error" ? Severity::error : Severity::warning;
  diagnostic.code = value.at("code").get<std::string>();
  diagnostic.message = value.at("message").get<std::string>();
  diagnostic.file = value.at("file").get<std::string>();
  diagnostic.line = value.at("line").get<int>();
  diagnostic.column = value.at("column").get<int>();
  diagnostic.end_column = value.at("end_column").get<int>();
  diagnostic.source_line = value.at("source_line").get<std::string>();
  diagnostic.source_column = value.at("source_column").get<int>();
  diagnostic.label = value.at("label").get<std::string>();
  diagnostic.help = value.at("help").get<std::vector<std::string>>();
  return diagnostic;
}

json to_json(const std::optional<Instant>& instant) {
  return instant ? json(to_unix_us(*instant)) : json();
}

json to_json(const TriggeredFiring& firing) {
  return {{"job", firing.job},
          {"firing_us", to_unix_us(firing.firing_at)},
          {"state", to_text(firing.state)},
          {"run_id", firing.run_id},
          {"reason", to_text(firing.reason)},
          {"detail", firing.detail}};
}

Instant instant_in(const json& value, const char* key) {
  return from_unix_us(value.at(key).get<std::int64_t>());
}

std::vector<std::string> texts_in(const json& value, const char* key) {
  return value.at(key).get<std::vector<std::string>>();
}

TriggeredFiring to_firing(const json& value) {
  TriggeredFiring firing;
  firing.job = value.at("job").get<std::string>();
  firing.firing_at = instant_in(value, "firing_us");
  const auto state = value.at("state").get<std::string>();
  for (const auto& [known, name] : kStates) {
    if (name == state) firing.state = known;
  }
  firing.run_id = value.at("run_id").get<std::string>();
  firing.reason = reason_from_text(value.at("reason").get<std::string>()).value_or(Reason::started);
  firing.detail = value.at("detail").get<std::string>();
  return firing;
}

// File contents are quoted in diagnostics, so the text may hold anything.
std::string reply_text(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

std::string_view to_text(TriggeredFiring::State state) {
  for (const auto& [known, name] : kStates) {
    if (known == state) return name;
  }
  return "waiting";
}

std::string encode_reply(const DaemonStatus& status) {
  return reply_text({{"ok", true},
                     {"pid", status.pid},
                     {"version", status.version},
                     {"started_unix_us", to_unix_us(status.started_at)},
                     {"jobs", status.jobs},
                     {"running", status.running},
                     {"draining", status.draining}});
}

std::string encode_reply(const ReloadReport& report) {
  json diagnostics = json::array();
  for (const Diagnostic& diagnostic : report.diagnostics)
    diagnostics.push_back(to_json(diagnostic));
  return reply_text({{"ok", true},
                     {"jobs", report.jobs},
                     {"added", report.added},
                     {"changed", report.changed},
                     {"removed", report.removed},
                     {"diagnostics", std::move(diagnostics)}});
}

std::string encode_reply(const std::vector<TriggeredFiring>& firings) {
  json list = json::array();
  for (const TriggeredFiring& firing : firings) list.push_back(to_json(firing));
  return reply_text({{"ok", true}, {"firings", std::move(list)}});
}

std::string encode_reply(const StopReport& report) {
  return reply_text(
      {{"ok", true}, {"stopping", report.stopping}, {"taken_back", report.taken_back}});
}

std::string encode_reply(const PauseReport& report) {
  return reply_text({{"ok", true},
                     {"jobs", report.jobs},
                     {"until_us", to_json(report.until)},
                     {"stopping", report.stopping}});
}

std::string encode_reply(const ResumeReport& report) {
  return reply_text({{"ok", true}, {"resumed", report.resumed}, {"not_paused", report.not_paused}});
}

std::string encode_reply(const SubmitReport& report) {
  return reply_text(
      {{"ok", true}, {"job", report.job}, {"firing_us", to_unix_us(report.firing_at)}});
}

std::string encode_reply(const Error& error) {
  return reply_text({{"ok", false},
                     {"error", name_of(error.code)},
                     {"message", error.message},
                     {"hint", error.hint}});
}

Result<DaemonStatus> decode_status(std::string_view body) {
  return decode<DaemonStatus>(body, [](const json& reply) {
    return DaemonStatus{reply.at("pid").get<int>(),
                        reply.at("version").get<std::string>(),
                        from_unix_us(reply.at("started_unix_us").get<std::int64_t>()),
                        reply.at("jobs").get<std::size_t>(),
                        reply.at("running").get<std::size_t>(),
                        reply.at("draining").get<bool>()};
  });
}

Result<ReloadReport> decode_reload(std::string_view body) {
  return decode<ReloadReport>(body, [](const json& reply) {
    ReloadReport report;
    report.jobs = reply.at("jobs").get<std::size_t>();
    report.added = texts_in(reply, "added");
    report.changed = texts_in(reply, "changed");
    report.removed = texts_in(reply, "removed");
    for (const json& diagnostic : reply.at("diagnostics"))
      report.diagnostics.push_back(to_diagnostic(diagnostic));
    return report;
  });
}

Result<std::vector<TriggeredFiring>> decode_trigger(std::string_view body) {
  return decode<std::vector<TriggeredFiring>>(body, [](const json& reply) {
    std::vector<TriggeredFiring> firings;
    for (const json& firing : reply.at("firings")) firings.push_back(to_firing(firing));
    return firings;
  });
}

Result<StopReport> decode_stop(std::string_view body) {
  return decode<StopReport>(body, [](const json& reply) {
    return StopReport{texts_in(reply, "stopping"), reply.at("taken_back").get<std::size_t>()};
  });
}

Result<PauseReport> decode_pause(std::string_view body) {
  return decode<PauseReport>(body, [](const json& reply) {
    PauseReport report;
    report.jobs = texts_in(reply, "jobs");
    if (!reply.at("until_us").is_null()) report.until = instant_in(reply, "until_us");
    report.stopping = texts_in(reply, "stopping");
    return report;
  });
}

Result<ResumeReport> decode_resume(std::string_view body) {
  return decode<ResumeReport>(body, [](const json& reply) {
    return ResumeReport{texts_in(reply, "resumed"), texts_in(reply, "not_paused")};
  });
}

Result<SubmitReport> decode_submit(std::string_view body) {
  return decode<SubmitReport>(body, [](const json& reply) {
    return SubmitReport{reply.at("job").get<std::string>(), instant_in(reply, "firing_us")};
  });
}

}  // namespace dsched
