#pragma once
// Zone names -> zones. Files are read through a function given by the owner, and every zone once.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "time/zone.h"

namespace dsched {

class ZoneDatabase {
 public:
  using ReadFile = std::function<Result<std::string>(const std::string& path)>;

  // directories: where zone files are, most important first (TZDIR, /usr/share/zoneinfo, ...).
  ZoneDatabase(std::vector<std::string> directories, ReadFile read);

  // "UTC" works without any file. Names that could leave the directories are ErrorCode::invalid;
  // unknown ones ErrorCode::not_found, with similar names in the hint.
  Result<std::shared_ptr<const Zone>> find(std::string_view name);

  std::vector<std::string> names();  // sorted; empty when the database has no list of its names
  std::string version();             // release such as "2026f"; empty when unknown

 private:
  Result<std::shared_ptr<const Zone>> load(const std::string& name);
  Result<std::string> read_first(const std::string& file) const;

  std::vector<std::string> directories_;
  ReadFile read_;
  std::map<std::string, std::shared_ptr<const Zone>, std::less<>> zones_;
};

}  // namespace dsched
