#pragma once
// sendmail(8), SMTP and HTTP through libcurl, and commands through /bin/sh.

#include <memory>
#include <string>
#include <vector>

#include "base/instant.h"
#include "env/courier.h"

namespace dsched {

struct CourierOptions {
  std::vector<std::string> environment;  // NAME=value, of sendmail and of commands
  std::vector<std::string> mailers = {"/usr/sbin/sendmail", "/usr/lib/sendmail"};  // first found
  Duration program_timeout = std::chrono::seconds{60};
  Duration network_timeout = std::chrono::seconds{30};
};

std::unique_ptr<Courier> make_posix_courier(CourierOptions options);

}  // namespace dsched
