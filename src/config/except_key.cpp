#include "config/except_key.h"

#include <utility>

#include "config/hash.h"

namespace dsched {

namespace {

constexpr std::string_view kFilePrefix = "file:";
constexpr std::size_t kLargestCalendar = 4 << 20;

std::string beside(const std::string& file, std::string_view path) {
  const std::size_t slash = file.rfind('/');
  const bool relative = path.empty() || path.front() != '/';
  if (!relative || slash == std::string::npos) return std::string(path);
  return file.substr(0, slash + 1) + std::string(path);
}

Result<void> add_item(const std::string& item, const std::string& from, Files& files,
                      Calendar& calendar, std::uint64_t& hash) {
  if (item.compare(0, kFilePrefix.size(), kFilePrefix) != 0) {
    hash = fnv1a(item + "\n", hash);
    return calendar.add(item);
  }
  const std::string path = beside(from, std::string_view(item).substr(kFilePrefix.size()));
  DSCHED_TRY_ASSIGN(const std::string text, files.read(path, kLargestCalendar));
  hash = fnv1a(text, hash);
  return calendar.add_ics(text);
}

}  // namespace

std::optional<ExceptedDays> read_excepted_days(const TableField& field, Files& files) {
  const auto items = read_list(field, "an array of strings");
  if (!items) return std::nullopt;
  auto calendar = std::make_shared<Calendar>();
  ExceptedDays days{nullptr, kHashStart};
  bool good = true;
  for (const TableField& item : *items) {
    const auto text = read_text(item);
    good = good && text.has_value();
    if (!text) continue;
    const auto added = add_item(*text, field.report.source().name(), files, *calendar, days.hash);
    if (added) continue;
    good = false;
    item.error("E313", added.error().message).label = added.error().hint;
  }
  if (!good) return std::nullopt;
  if (!calendar->empty()) days.calendar = std::move(calendar);
  return days;
}

}  // namespace dsched
