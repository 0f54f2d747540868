#pragma once
// dsched.toml, validated and with every default filled in.

#include <string>
#include <vector>

#include "base/instant.h"
#include "base/log.h"

namespace dsched {

struct Settings {
  std::string timezone;  // [defaults] timezone; empty: the host's
  int max_running = 32;  // [daemon] max_running, 0 = without limit
  Duration stop_timeout = std::chrono::seconds{30};
  bool watch = true;  // reload when files change
  LogFormat log_format = LogFormat::text;
  bool log_format_set = false;  // false: journald when stderr is the journal, else text
};

}  // namespace dsched
