#include "base/log.h"

#include <doctest/doctest.h>

namespace dsched {
namespace {

constexpr Instant kNow = from_unix_us(1'795'194'720'114'000);

std::string text_line(const std::vector<LogField>& fields) {
  return format_log_line(LogFormat::text, LogLevel::info, kNow, "m", fields);
}

}  // namespace

TEST_CASE("a log line in each format") {
  const std::vector<LogField> fields = {{"job", "sync-mail"}, {"run", "3kq2m9tx"}};
  const auto line = [&](LogFormat format) {
    return format_log_line(format, LogLevel::info, kNow, "run started", fields);
  };
  CHECK(line(LogFormat::text) ==
        "2026-11-20T17:12:00.114Z info run started job=sync-mail run=3kq2m9tx\n");
  CHECK(line(LogFormat::journald) == "<6>run started job=sync-mail run=3kq2m9tx\n");
  CHECK(line(LogFormat::json) ==
        R"({"time":"2026-11-20T17:12:00.114Z","level":"info","message":"run started",)"
        R"("job":"sync-mail","run":"3kq2m9tx"})"
        "\n");
}

TEST_CASE("every level has its name and its journald priority") {
  struct Row {
    LogLevel level;
    std::string name;
    std::string prefix;
  };
  const Row rows[] = {{LogLevel::error, "error", "<3>"},
                      {LogLevel::warning, "warning", "<4>"},
                      {LogLevel::info, "info", "<6>"},
                      {LogLevel::debug, "debug", "<7>"}};
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(format_log_line(LogFormat::journald, row.level, kNow, "m", {}) == row.prefix + "m\n");
    CHECK(format_log_line(LogFormat::text, row.level, kNow, "m", {}) ==
          "2026-11-20T17:12:00.114Z " + row.name + " m\n");
    CHECK(format_log_line(LogFormat::json, row.level, kNow, "m", {}) ==
          R"({"time":"2026-11-20T17:12:00.114Z","level":")" + row.name + "\",\"message\":\"m\"}\n");
  }
}

TEST_CASE("text values are quoted only where they must be, and stay on one line") {
  struct Row {
    std::string value;
    std::string_view shown;
  };
  const Row rows[] = {
      {"backup/db", "backup/db"},
      {"Zürich", "Zürich"},
      {"", R"("")"},
      {"two words", R"("two words")"},
      {R"(say "hi")", R"("say \"hi\"")"},
      {R"(C:\x)", R"("C:\\x")"},
      {"a=b", R"("a=b")"},
      {"a\nb\tc", R"("a\nb\tc")"},
      {"a\x1b[0m", R"("a\x1b[0m")"},
      {"a\xFF", R"("a\xff")"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.shown);
    CHECK(text_line({{"k", row.value}}) ==
          "2026-11-20T17:12:00.114Z info m k=" + std::string(row.shown) + "\n");
  }
}

TEST_CASE("a message cannot start a second line") {
  CHECK(format_log_line(LogFormat::journald, LogLevel::error, kNow, "a\n<0>b", {}) ==
        "<3>a\\n<0>b\n");
}

TEST_CASE("JSON strings are escaped") {
  struct Row {
    std::string value;
    std::string_view json;
  };
  const Row rows[] = {
      {R"("\/)", R"(\"\\/)"},
      {"\n\r\t", R"(\n\r\t)"},
      {std::string("\0\x1f\x7f", 3), R"(\u0000\u001f\u007f)"},
      {"Zürich 日本 😀", "Zürich 日本 😀"},
      {"a\xFF"
       "b",
       R"(a\ufffdb)"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.json);
    CHECK(format_log_line(LogFormat::json, LogLevel::info, kNow, "m", {{"k", row.value}}) ==
          R"({"time":"2026-11-20T17:12:00.114Z","level":"info","message":"m","k":")" +
              std::string(row.json) + "\"}\n");
  }
}

}  // namespace dsched
