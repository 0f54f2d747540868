#include "time/zone_database.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "base/suggest.h"
#include "base/text.h"

namespace dsched {
namespace {

constexpr std::size_t kLongestName = 100;

bool is_name_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '+';
}

// Names are words joined by '/', as the zone database has them: no dots, so no way out of a
// directory.
bool is_zone_name(std::string_view name) {
  if (name.empty() || name.size() > kLongestName) return false;
  for (const std::string_view part : split(name, '/')) {
    if (part.empty() || !std::all_of(part.begin(), part.end(), is_name_character)) return false;
  }
  return true;
}

// The names in tzdata.zi: "Z NAME ..." starts a zone, "L TARGET NAME" is another name.
std::vector<std::string> names_in_tzdata(std::string_view text) {
  std::vector<std::string> names;
  for (const std::string_view line : split(text, '\n')) {
    const auto words = split_words(line);
    if (words.size() > 1 && words[0] == "Z") names.emplace_back(words[1]);
    if (words.size() > 2 && words[0] == "L") names.emplace_back(words[2]);
  }
  return names;
}

// The names in zone1970.tab or zone.tab: countries, coordinates, NAME, comment.
std::vector<std::string> names_in_table(std::string_view text) {
  std::vector<std::string> names;
  for (const std::string_view line : split(text, '\n')) {
    const auto columns = split(line, '\t');
    if (columns.size() > 2 && columns[0].substr(0, 1) != "#") names.emplace_back(columns[2]);
  }
  return names;
}

// Also compares without the continent: "berlin" is near "Europe/Berlin".
std::vector<std::string> similar_names(std::string_view name,
                                       const std::vector<std::string>& names) {
  const std::string wanted = to_lower_ascii(name);
  std::vector<std::string> found;
  for (const std::string& candidate : names) {
    const std::string lower = to_lower_ascii(candidate);
    if (lower == wanted || lower.substr(lower.rfind('/') + 1) == wanted) found.push_back(candidate);
  }
  if (found.empty()) found = suggestions(name, names);
  if (found.size() > 3) found.resize(3);
  return found;
}

}  // namespace

ZoneDatabase::ZoneDatabase(std::vector<std::string> directories, ReadFile read)
    : directories_(std::move(directories)), read_(std::move(read)) {
  zones_.emplace("UTC", Zone::utc());
}

Result<std::shared_ptr<const Zone>> ZoneDatabase::find(std::string_view name) {
  if (const auto known = zones_.find(name); known != zones_.end()) return known->second;
  if (!is_zone_name(name)) {
    return Error{ErrorCode::invalid, fmt::format("'{}' is not a time zone name", visible(name)),
                 "write a name such as Europe/Berlin"};
  }
  std::string key(name);
  DSCHED_TRY_ASSIGN(auto zone, load(key));
  zones_.emplace(std::move(key), zone);
  return zone;
}

Result<std::shared_ptr<const Zone>> ZoneDatabase::load(const std::string& name) {
  const Result<std::string> bytes = read_first(name);
  if (!bytes && bytes.error().code != ErrorCode::not_found)
    return with_context(bytes.error(), "time zone '" + name + "'");
  // Lists and directories lie beside the zones; what is no TZif file is no zone.
  if (!bytes || std::string_view(*bytes).substr(0, 4) != "TZif") {
    const auto similar = similar_names(name, names());
    std::string hint;
    if (!similar.empty()) hint = "did you mean '" + join(similar, "' or '") + "'?";
    return Error{ErrorCode::not_found, fmt::format("unknown time zone '{}'", name),
                 std::move(hint)};
  }
  auto zone = Zone::from_tzif(name, *bytes);
  if (!zone) return with_context(zone.error(), "time zone '" + name + "'");
  return zone;
}

// The file of the first directory that has it.
Result<std::string> ZoneDatabase::read_first(const std::string& file) const {
  for (const std::string& directory : directories_) {
    auto bytes = read_(directory + "/" + file);
    if (bytes || bytes.error().code != ErrorCode::not_found) return bytes;
  }
  return Error{ErrorCode::not_found, fmt::format("no file '{}'", file), ""};
}

std::vector<std::string> ZoneDatabase::names() {
  std::vector<std::string> names;
  if (const auto text = read_first("tzdata.zi")) {
    names = names_in_tzdata(*text);
  } else if (const auto table = read_first("zone1970.tab")) {
    names = names_in_table(*table);
  } else if (const auto old_table = read_first("zone.tab")) {
    names = names_in_table(*old_table);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

// tzdata.zi begins with "# version 2026f"; some systems have a file +VERSION instead.
std::string ZoneDatabase::version() {
  constexpr std::string_view kMark = "# version ";
  if (const auto text = read_first("tzdata.zi")) {
    const std::string_view first = std::string_view(*text).substr(0, text->find('\n'));
    if (first.substr(0, kMark.size()) == kMark)
      return std::string(trim(first.substr(kMark.size())));
  }
  if (const auto text = read_first("+VERSION")) return std::string(trim(*text));
  return "";
}

}  // namespace dsched
