#include "config/zones.h"

#include <utility>

namespace dsched {

Zones::Zones(ZoneDatabase& database, std::shared_ptr<const Zone> local)
    : database_(database), local_(local ? std::move(local) : Zone::utc()) {
  found_.emplace("local", local_);
}

const Zones::Found& Zones::find(const std::string& name) {
  const auto known = found_.find(name);
  if (known != found_.end()) return known->second;
  return found_.emplace(name, database_.find(name)).first->second;
}

}  // namespace dsched
