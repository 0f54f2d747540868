#pragma once
// The user database (passwd and group, through NSS). May block on a directory service.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace dsched {

struct User {
  std::string name;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string home;
  std::string shell;
  std::vector<std::uint32_t> groups;  // supplementary groups, gid included
};

class Users {
 public:
  virtual ~Users() = default;
  virtual Result<User> find(
      const std::string& name) = 0;    // a name or a decimal uid; ErrorCode::not_found
  virtual Result<User> current() = 0;  // of the effective uid
  virtual Result<std::uint32_t> find_group(const std::string& name) = 0;
};

}  // namespace dsched
