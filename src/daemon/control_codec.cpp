#include "daemon/control_codec.h"

#include <array>
#include <utility>

#include <nlohmann/json.hpp>

namespace dsched {

namespace {

using nlohmann::json;

constexpr std::array<std::pair<ErrorCode, const char*>, 5> kErrorNames = {
    {{ErrorCode::invalid, "invalid"},
     {ErrorCode::denied, "denied"},
     {ErrorCode::unavailable, "unavailable"},
     {ErrorCode::io, "io"},
     {ErrorCode::internal, "internal"}}};

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

// File contents are quoted in diagnostics, so the text may hold anything.
std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

std::string encode_request(ControlRequest request) {
  return dump({{"request", request == ControlRequest::status ? "status" : "reload"}});
}

Result<ControlRequest> decode_request(std::string_view body) {
  const json request = json::parse(body, nullptr, false);
  const std::string name = request.is_object() ? request.value("request", "") : "";
  if (name == "status") return ControlRequest::status;
  if (name == "reload") return ControlRequest::reload;
  return Error{ErrorCode::invalid, "the daemon does not know this request",
               "is it of another version?"};
}

std::string encode_reply(const DaemonStatus& status) {
  return dump({{"ok", true},
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
  return dump({{"ok", true},
               {"jobs", report.jobs},
               {"added", report.added},
               {"changed", report.changed},
               {"removed", report.removed},
               {"diagnostics", std::move(diagnostics)}});
}

std::string encode_reply(const Error& error) {
  return dump({{"ok", false},
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
    report.added = reply.at("added").get<std::vector<std::string>>();
    report.changed = reply.at("changed").get<std::vector<std::string>>();
    report.removed = reply.at("removed").get<std::vector<std::string>>();
    for (const json& diagnostic : reply.at("diagnostics"))
      report.diagnostics.push_back(to_diagnostic(diagnostic));
    return report;
  });
}

}  // namespace dsched
