#pragma once
// dsched.toml, validated and with every default filled in.

#include <string>
#include <vector>

#include "base/instant.h"
#include "base/log.h"
#include "model/limits.h"

namespace dsched {

struct Settings {
  std::string timezone;  // [defaults] timezone; empty: the host's
  // [daemon] max_running max_waiting, [pools], [host] resources
  Limits limits{.max_running = 32, .max_waiting = 10'000, .pools = {}, .resources = {}};
  Duration stop_timeout = std::chrono::seconds{30};
  bool watch = true;  // reload when files change
  LogFormat log_format = LogFormat::text;
  bool log_format_set = false;              // false: journald when stderr is the journal, else text
  std::string mail_from;                    // [mail] from; empty: dsched@HOST
  std::string mail_transport = "sendmail";  // "sendmail", "smtp://host:25", "none"
};

}  // namespace dsched
