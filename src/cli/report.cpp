#include "cli/report.h"

#include <map>

#include <fmt/format.h>

#include "cli/table.h"

namespace dsched {
namespace {

const char* severity_text(const Diagnostic& diagnostic) {
  return diagnostic.severity == Severity::error ? "error" : "warning";
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}
Json number_or_null(int number) {
  return number == 0 ? Json() : Json(number);
}

// Workflow commands take these characters as parts of their syntax.
std::string github_escaped(std::string_view text, bool in_property) {
  std::string escaped;
  for (char c : text) {
    const bool special =
        c == '%' || c == '\r' || c == '\n' || (in_property && (c == ':' || c == ','));
    escaped += special ? fmt::format("%{:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
  }
  return escaped;
}

std::string xml_escaped(std::string_view text) {
  std::string escaped;
  for (char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\n':
        escaped += c;
        break;
      default:
        escaped += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return escaped;
}

}  // namespace

Json diagnostic_json(const Diagnostic& diagnostic) {
  std::string help = diagnostic.label;
  for (const std::string& line : diagnostic.help) help += (help.empty() ? "" : "\n") + line;
  return Json::object({{"severity", severity_text(diagnostic)},
                       {"code", diagnostic.code},
                       {"message", diagnostic.message},
                       {"file", text_or_null(diagnostic.file)},
                       {"line", number_or_null(diagnostic.line)},
                       {"column", number_or_null(diagnostic.column)},
                       {"end_column", number_or_null(diagnostic.end_column)},
                       {"help", text_or_null(help)},
                       {"replacement", text_or_null(diagnostic.replacement)}});
}

std::string check_json(const Report& report, bool ok) {
  Json list = Json::array();
  for (const Diagnostic& diagnostic : report.diagnostics) list.push(diagnostic_json(diagnostic));
  Json answer =
      Json::object({{"schema", "dsched.check/1"}, {"ok", ok}, {"files", report.files_read}});
  answer.set("diagnostics", std::move(list));
  return answer.dump() + "\n";
}

std::string check_plain(const Report& report) {
  std::string text;
  for (const Diagnostic& diagnostic : report.diagnostics) {
    text += fmt::format("{}\t{}\t{}\t{}\t{}\t{}\n", severity_text(diagnostic), diagnostic.code,
                        plain_field(diagnostic.file), diagnostic.line, diagnostic.column,
                        plain_field(diagnostic.message));
  }
  return text;
}

std::string check_github(const Report& report) {
  std::string text;
  for (const Diagnostic& diagnostic : report.diagnostics) {
    const std::string title = fmt::format("{}: {}", diagnostic.code, diagnostic.message);
    const std::string more = diagnostic.label.empty() ? diagnostic.message : diagnostic.label;
    text += fmt::format("::{} file={},line={},col={},title={}::{}\n", severity_text(diagnostic),
                        github_escaped(diagnostic.file, true), diagnostic.line, diagnostic.column,
                        github_escaped(title, true), github_escaped(more, false));
  }
  return text;
}

std::string check_junit(const Report& report) {
  std::map<std::string, std::vector<const Diagnostic*>> by_file;
  for (const Diagnostic& diagnostic : report.diagnostics)
    by_file[diagnostic.file].push_back(&diagnostic);
  std::string cases;
  std::size_t failures = 0;
  for (const auto& [file, found] : by_file) {
    cases +=
        fmt::format("  <testcase classname=\"dsched.check\" name=\"{}\">\n", xml_escaped(file));
    std::string warnings;
    bool failed = false;
    for (const Diagnostic* diagnostic : found) {
      const std::string body = xml_escaped(render(*diagnostic, false));
      if (diagnostic->severity == Severity::warning) {
        warnings += body;
        continue;
      }
      failed = true;
      cases += fmt::format("    <failure type=\"{}\" message=\"{}\">{}</failure>\n",
                           diagnostic->code, xml_escaped(diagnostic->message), body);
    }
    if (failed) ++failures;
    if (!warnings.empty()) cases += fmt::format("    <system-out>{}</system-out>\n", warnings);
    cases += "  </testcase>\n";
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"dsched check\" tests=\"{}\" "
      "failures=\"{}\">\n{}</testsuite>\n",
      by_file.size(), failures, cases);
}

}  // namespace dsched
