#include <utility>

#include <nlohmann/json.hpp>

#include "daemon/control_codec.h"

namespace dsched {

namespace {

using nlohmann::json;

json to_json(const StatusRequest&) {
  return {{"request", "status"}};
}
json to_json(const ReloadRequest&) {
  return {{"request", "reload"}};
}

json to_json(const TriggerRequest& request) {
  json params = json::object();
  for (const auto& [name, value] : request.params) params[name] = value;
  json firings = json::array();
  for (const Instant firing : request.firings) firings.push_back(to_unix_us(firing));
  return {{"request", "trigger"},
          {"jobs", request.jobs},
          {"params", std::move(params)},
          {"firings_us", std::move(firings)},
          {"force", request.force}};
}

json to_json(const StopRequest& request) {
  json value = {{"request", "stop"}, {"kill", request.kill}};
  if (!request.run_id.empty()) value["run_id"] = request.run_id;
  if (!request.job.empty()) value["job"] = request.job;
  return value;
}

json to_json(const PauseRequest& request) {
  json value = {{"request", "pause"},
                {"jobs", request.jobs},
                {"reason", request.reason},
                {"kill", request.kill}};
  if (request.until) value["until_us"] = to_unix_us(*request.until);
  return value;
}

json to_json(const ResumeRequest& request) {
  return {{"request", "resume"}, {"jobs", request.jobs}};
}
json to_json(const ResolveRequest& request) {
  return {{"request", "resolve"}, {"job", request.job}};
}
json to_json(const SubmitRequest& request) {
  return {{"request", "submit"}, {"name", request.name}, {"definition", request.definition}};
}

std::vector<std::string> names_in(const json& request) {
  return request.value("jobs", std::vector<std::string>{});
}

TriggerRequest read_trigger(const json& request) {
  TriggerRequest trigger;
  trigger.jobs = names_in(request);
  const json params = request.value("params", json::object());
  for (const auto& [name, value] : params.items())
    trigger.params.emplace_back(name, value.get<std::string>());
  for (const std::int64_t us : request.value("firings_us", std::vector<std::int64_t>{}))
    trigger.firings.push_back(from_unix_us(us));
  trigger.force = request.value("force", false);
  return trigger;
}

PauseRequest read_pause(const json& request) {
  PauseRequest pause{.jobs = names_in(request),
                     .until = std::nullopt,
                     .reason = request.value("reason", ""),
                     .kill = request.value("kill", false)};
  if (request.contains("until_us"))
    pause.until = from_unix_us(request.at("until_us").get<std::int64_t>());
  return pause;
}

Error unknown_request() {
  return {ErrorCode::invalid, "the daemon does not know this request", "is it of another version?"};
}

Result<ControlRequest> read_request(const json& request) {
  const auto name = request.at("request").get<std::string>();
  if (name == "status") return StatusRequest{};
  if (name == "reload") return ReloadRequest{};
  if (name == "trigger") return read_trigger(request);
  if (name == "stop")
    return StopRequest{request.value("run_id", ""), request.value("job", ""),
                       request.value("kill", false)};
  if (name == "pause") return read_pause(request);
  if (name == "resume") return ResumeRequest{names_in(request)};
  if (name == "resolve") return ResolveRequest{request.at("job").get<std::string>()};
  if (name == "submit")
    return SubmitRequest{request.at("name").get<std::string>(),
                         request.at("definition").get<std::string>()};
  return unknown_request();
}

}  // namespace

std::string encode_request(const ControlRequest& request) {
  const json value = std::visit([](const auto& concrete) { return to_json(concrete); }, request);
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<ControlRequest> decode_request(std::string_view body) {
  try {
    return read_request(json::parse(body));
  } catch (const json::exception&) {
    return unknown_request();
  }
}

}  // namespace dsched
