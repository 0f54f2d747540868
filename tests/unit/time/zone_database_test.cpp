#include "time/zone_database.h"

#include <string>
#include <vector>

#include "unit/time/support.h"

namespace dsched {
namespace {

// A database of one file, and what was asked for.
struct FakeFiles {
  std::string path;
  std::string bytes;
  std::vector<std::string> asked;

  ZoneDatabase::ReadFile reader() {
    return [this](const std::string& wanted) -> Result<std::string> {
      asked.push_back(wanted);
      if (wanted == path) return bytes;
      return Error{ErrorCode::not_found, wanted, ""};
    };
  }
};

}  // namespace

TEST_CASE("UTC works without any file") {
  FakeFiles files;
  ZoneDatabase database({"/zones"}, files.reader());
  const auto utc = database.find("UTC");
  REQUIRE(utc.has_value());
  CHECK((*utc)->name() == "UTC");
  CHECK(files.asked.empty());
  CHECK(database.version() == "");
  CHECK(database.names().empty());
}

TEST_CASE("names that could leave the directories are refused before any file is read") {
  for (const char* name : {"", "/etc/passwd", "../../etc/passwd", "Europe/../Berlin",
                           "Europe//Berlin", "Europe/", "/", ".", "..", "Europe/Berlin\n",
                           "Europe Berlin", "a\\b", "tzdata.zi", ":UTC", "Europe/Berlin/.."}) {
    FakeFiles files;
    ZoneDatabase database({"/zones"}, files.reader());
    INFO(std::string(name));
    const auto found = database.find(name);
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error().code == ErrorCode::invalid);
    CHECK(files.asked.empty());
  }
  FakeFiles files;
  ZoneDatabase database({"/zones"}, files.reader());
  CHECK_FALSE(database.find(std::string_view("Europe/Berlin\0x", 15)).has_value());
}

TEST_CASE("directories are tried in order and each zone is read once") {
  const auto berlin = testing::read_file("/usr/share/zoneinfo/Europe/Berlin");
  REQUIRE(berlin.has_value());
  FakeFiles files{"/second/Europe/Berlin", *berlin, {}};
  ZoneDatabase database({"/first", "/second"}, files.reader());
  const auto once = database.find("Europe/Berlin");
  const auto again = database.find("Europe/Berlin");
  REQUIRE(once.has_value());
  REQUIRE(again.has_value());
  CHECK(*once == *again);
  CHECK(files.asked == std::vector<std::string>{"/first/Europe/Berlin", "/second/Europe/Berlin"});
}

TEST_CASE("unknown names come with similar ones") {
  ZoneDatabase database({"/usr/share/zoneinfo"}, testing::read_file);
  struct Row {
    const char* name;
    const char* hint;
  };
  for (const Row& row : {Row{"Europe/Berlinn", "did you mean 'Europe/Berlin'?"},
                         Row{"europe/berlin", "did you mean 'Europe/Berlin'?"},
                         Row{"Berlin", "did you mean 'Europe/Berlin'?"}, Row{"Nowhere/Land", ""}}) {
    const auto found = database.find(row.name);
    INFO(std::string(row.name));
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error().code == ErrorCode::not_found);
    CHECK(found.error().hint == row.hint);
  }
  CHECK(database.find("Europe").error().code == ErrorCode::not_found);
  CHECK(!database.version().empty());
  CHECK(database.names().size() > 400);
}

TEST_CASE("a damaged zone file is an error with the zone's name") {
  FakeFiles files{"/zones/Europe/Berlin", "TZif2 and no more", {}};
  ZoneDatabase database({"/zones"}, files.reader());
  const auto found = database.find("Europe/Berlin");
  REQUIRE_FALSE(found.has_value());
  CHECK(found.error().code == ErrorCode::corrupt);
  CHECK(found.error().message.find("Europe/Berlin") != std::string::npos);
}

}  // namespace dsched
