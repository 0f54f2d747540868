#include "cli/context.h"

#include <fmt/format.h>

#include "base/text.h"
#include "cli/time_text.h"

namespace dsched {
namespace {

// option > NO_COLOR > FORCE_COLOR and CLICOLOR_FORCE > TERM > terminal
bool use_colour(const Arguments& arguments, const Environment& environment, bool is_terminal) {
  const std::string wish = arguments.value("color").value_or("auto");
  if (wish != "auto") return wish == "always";
  if (environment.has("NO_COLOR")) return false;
  for (const char* name : {"FORCE_COLOR", "CLICOLOR_FORCE"}) {
    if (environment.has(name)) return environment.get(name) != "0";
  }
  return is_terminal && environment.get("TERM") != "dumb";
}

bool locale_is_utf8(const Environment& environment) {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string locale = to_lower_ascii(environment.get(name));
    if (locale.empty()) continue;
    return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
  }
  return false;
}

}  // namespace

std::string Environment::get(std::string_view name) const {
  for (const auto& [key, value] : variables_) {
    if (key == name) return value;
  }
  return "";
}

void Context::note(std::string_view line) const {
  if (arguments.has("quiet")) return;
  platform.err.write(fmt::format("{}\n", line));
}

Outcome<Instant> Context::now() const {
  const Instant real = platform.clock.now();
  if (!arguments.knows("now")) return real;
  const std::optional<std::string> given = arguments.value("now");
  const std::string text = given ? *given : platform.environment.get("DSCHED_NOW");
  if (text.empty()) return real;
  DSCHED_TRY_ASSIGN(const std::shared_ptr<const Zone> zone, display_zone());
  Result<Instant> now = parse_time(text, *zone, real);
  if (now) return *now;
  return usage_failure(fmt::format("{}: {}", given ? "--now" : "DSCHED_NOW", now.error().message));
}

Outcome<std::shared_ptr<const Zone>> Context::display_zone() const {
  if (arguments.has_if_known("utc")) return Zone::utc();
  std::string name = platform.environment.get("DSCHED_TZ");
  std::string_view origin = "DSCHED_TZ";
  if (arguments.has_if_known("tz")) {
    name = *arguments.value("tz");
    origin = "--tz";
  }
  if (name.empty() || name == "local")
    return platform.zones.find(platform.local_zone).value_or(Zone::utc());
  Result<std::shared_ptr<const Zone>> zone = platform.zones.find(name);
  if (zone) return *zone;
  Failure failure = usage_failure(fmt::format("{}: {}", origin, zone.error().message));
  failure.hint = zone.error().hint;
  return failure;
}

bool Context::may_ask() const {
  return platform.terminal.in_is_terminal && platform.terminal.err_is_terminal && !json &&
         !arguments.has("no-input") && !platform.environment.has("CI");
}

Outcome<Context> make_context(const CommandSpec& command, const Arguments& arguments,
                              Platform& platform) {
  const Environment& environment = platform.environment;
  const Terminal& terminal = platform.terminal;
  const bool utf8 = locale_is_utf8(environment);
  const bool json = arguments.has("json");
  const bool plain = arguments.has_if_known("plain");
  if (json && plain) return usage_failure("--json and --plain exclude each other");
  const bool colour_out =
      !json && !plain && use_colour(arguments, environment, terminal.out_is_terminal);
  const bool colour_err = use_colour(arguments, environment, terminal.err_is_terminal);
  return Context{command, arguments, platform, Style(colour_out, utf8), Style(colour_err, utf8),
                 json,    plain};
}

}  // namespace dsched
