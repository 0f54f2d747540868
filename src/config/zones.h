#pragma once
// The zones of one load: each name is looked up once, also when it is wrong.

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "time/zone_database.h"

namespace dsched {

class Zones {
 public:
  using Found = Result<std::shared_ptr<const Zone>>;

  // local: the zone of the host; null = UTC. database outlives this.
  Zones(ZoneDatabase& database, std::shared_ptr<const Zone> local);

  const Found& find(const std::string& name);  // "local" is the zone of the host
  const std::shared_ptr<const Zone>& local() const { return local_; }

 private:
  ZoneDatabase& database_;
  std::shared_ptr<const Zone> local_;
  std::map<std::string, Found, std::less<>> found_;
};

}  // namespace dsched
