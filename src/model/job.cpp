#include "model/job.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"

namespace dsched {

namespace {

constexpr std::size_t kMaxNameBytes = 100;

// In the order of AlertKind.
constexpr std::string_view kAlertKinds[] = {"failure", "recovery", "missed", "output",
                                            "late",    "overdue",  "slow",   "paused"};

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}
bool is_name_character(char c) {
  return is_name_start(c) || c == '.' || c == '_' || c == '-' || c == ':';
}

Error bad_name(std::string_view name, std::string_view why) {
  return Error{
      ErrorCode::invalid, "'" + visible(name) + "' cannot be a job name: " + std::string(why),
      "names are made of a-z 0-9 . _ - and start with a letter or digit; '/' separates parts"};
}

}  // namespace

Result<void> check_job_name(std::string_view name) {
  if (name.empty()) return bad_name(name, "it is empty");
  if (name.size() > kMaxNameBytes) return bad_name(name, "it is longer than 100 bytes");
  for (std::string_view part : split(name, '/')) {
    if (part.empty()) return bad_name(name, "it has an empty part");
    if (std::any_of(part.begin(), part.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) {
      return bad_name(name, "it has a capital letter");
    }
    if (!is_name_start(part.front()))
      return bad_name(name, "a part starts with '" + visible(part.substr(0, 1)) + "'");
    if (auto bad = std::find_if_not(part.begin(), part.end(), is_name_character);
        bad != part.end()) {
      return bad_name(name, "it has a '" + visible(std::string_view(&*bad, 1)) + "'");
    }
    if (part.find("..") != std::string_view::npos) return bad_name(name, "it has '..'");
  }
  return {};
}

std::string_view to_text(Overlap overlap) {
  switch (overlap) {
    case Overlap::skip:
      return "skip";
    case Overlap::queue:
      return "queue";
    case Overlap::allow:
      return "allow";
    case Overlap::replace:
      return "replace";
  }
  return "skip";
}

std::string_view to_text(AfterOn after_on) {
  switch (after_on) {
    case AfterOn::success:
      return "success";
    case AfterOn::failure:
      return "failure";
    case AfterOn::any:
      return "any";
  }
  return "success";
}

std::string_view to_text(CatchUp catch_up) {
  switch (catch_up) {
    case CatchUp::none:
      return "none";
    case CatchUp::last:
      return "last";
    case CatchUp::all:
      return "all";
  }
  return "none";
}

std::string_view to_text(OnLost on_lost) {
  switch (on_lost) {
    case OnLost::skip:
      return "skip";
    case OnLost::rerun:
      return "rerun";
    case OnLost::hold:
      return "hold";
  }
  return "skip";
}

std::string_view to_text(AlertKind kind) {
  return kAlertKinds[static_cast<std::size_t>(kind)];
}

std::optional<AlertKind> alert_kind_from_text(std::string_view text) {
  for (std::size_t i = 0; i < std::size(kAlertKinds); ++i) {
    if (kAlertKinds[i] == text) return static_cast<AlertKind>(i);
  }
  return std::nullopt;
}

}  // namespace dsched
