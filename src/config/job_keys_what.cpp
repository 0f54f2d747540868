#include <algorithm>

#include <fmt/core.h>

#include "base/text.h"
#include "config/config.h"
#include "config/key_rule.h"
#include "config/parameter_key.h"

namespace dsched {

namespace {

std::optional<Command> read_command(const TableField& field) {
  if (field.value.kind != Value::Kind::array) {
    if (field.value.kind != Value::Kind::string) {
      report_type(field, "a string or an array of strings");
      return std::nullopt;
    }
    auto text = read_filled_text(field);
    if (!text) return std::nullopt;
    return ShellCommand{std::move(*text)};
  }
  auto words = read_texts(field);
  if (!words) return std::nullopt;
  if (words->empty() || words->front().empty()) {
    field.error("E207", fmt::format("'{}' names no program", field.name));
    return std::nullopt;
  }
  return ArgvCommand{std::move(*words)};
}

void read_script(const TableField& field, const KeyContext& context) {
  if (auto text = read_filled_text(field)) context.draft.job.command = ScriptCommand{*text};
}

void read_shell(const TableField& field, const KeyContext& context) {
  auto words = read_texts(field);
  if (!words) return;
  if (words->empty() || words->front().empty()) {
    field.error("E207", "'shell' names no program");
    return;
  }
  // A shell alone reads the command with -c, like every POSIX shell.
  if (field.value.kind == Value::Kind::string) words->push_back("-c");
  context.draft.job.shell = std::move(*words);
}

void read_stdin(const TableField& field, const KeyContext& context) {
  constexpr std::string_view kFile = "file:";
  auto text = read_text(field);
  if (!text) return;
  StandardInput& input = context.draft.job.input;
  if (text->empty()) {
    input = EmptyInput{};
  } else if (text->compare(0, kFile.size(), kFile) != 0) {
    input = TextInput{std::move(*text)};
  } else if (text->size() > kFile.size()) {
    input = FileInput{text->substr(kFile.size())};
  } else {
    field.error("E207", "'stdin' names no file").label = "write \"file:/path\"";
  }
}

// Names of users and groups; what really exists is a question to the world.
void read_account(const TableField& field, std::string& target) {
  auto name = read_filled_text(field);
  if (!name) return;
  if (name->find_first_of(" \t\n:/,") == std::string::npos && name->front() != '-') {
    target = std::move(*name);
    return;
  }
  field.error("E406", fmt::format("'{}' cannot be the name of a {}", *name, field.name));
}

void read_user(const TableField& field, const KeyContext& context) {
  if (context.read.sources.system_scope) return read_account(field, context.draft.job.user);
  Diagnostic& fault = field.error("E403", "only the system's dsched can run jobs as another user");
  fault.label = "remove this key";
  fault.help.push_back("jobs in user scope run as the user they belong to");
}

void read_umask(const TableField& field, const KeyContext& context) {
  constexpr std::size_t kMostDigits = 4;
  const auto text = read_text(field);
  if (!text) return;
  std::uint32_t mask = 0;
  bool octal = !text->empty() && text->size() <= kMostDigits;
  for (const char c : *text) {
    octal = octal && c >= '0' && c <= '7';
    mask = mask * 8 + static_cast<std::uint32_t>(c - '0');
  }
  if (octal && mask <= 0777) {
    context.draft.job.umask = mask;
    return;
  }
  field.error("E207", fmt::format("'{}' is not a umask", *text)).label =
      "three octal digits, such as \"022\"";
}

void read_env(const TableField& field, const KeyContext& context) {
  if (field.value.kind != Value::Kind::table)
    return report_type(field, "a table: [env] and lines of NAME = \"value\"");
  for (const Entry& entry : field.value.entries) {
    if (!is_variable_name(entry.key)) {
      context.report
          .error("E405", key_span(context.report.source(), entry),
                 fmt::format("'{}' cannot be the name of a variable", entry.key))
          .label = "letters, digits and _, not starting with a digit";
      continue;
    }
    if (auto value = read_text({entry.key, entry.value, field.report}))
      set_variable(context.draft.job, entry.key, std::move(*value));
  }
}

void read_env_file(const TableField& field, const KeyContext& context) {
  const auto paths = read_texts(field);
  if (!paths) return;
  std::vector<EnvFile> files;
  for (const std::string& path : *paths) {
    const bool optional = !path.empty() && path.front() == '-';
    files.push_back({path.substr(optional ? 1 : 0), optional});
    if (files.back().path.empty()) {
      field.error("E207", "'env_file' names no file");
      return;
    }
  }
  context.draft.job.env_files = std::move(files);
}

void read_success_exit(const TableField& field, const KeyContext& context) {
  auto codes = read_integers(field, kExitCodes);
  if (codes && codes->empty()) {
    field.error("E207", "'success_exit' is empty: no run could succeed");
  } else {
    assign(context.draft.job.success_exit, std::move(codes));
  }
}

constexpr KeyRule kWhatKeys[] = {
    {"command", [](const TableField& f,
                   const KeyContext& c) { assign(c.draft.job.command, read_command(f)); }},
    {"script", read_script},
    {"shell", read_shell},
    {"stdin", read_stdin},
    {"dir", [](const TableField& f,
               const KeyContext& c) { assign(c.draft.job.dir, read_filled_text(f)); }},
    {"user", read_user},
    {"group", [](const TableField& f, const KeyContext& c) { read_account(f, c.draft.job.group); }},
    {"umask", read_umask},
    {"env", read_env},
    {"env_file", read_env_file},
    {"inherit_env", [](const TableField& f,
                       const KeyContext& c) { assign(c.draft.job.inherit_env, read_boolean(f)); }},
    {"param", [](const TableField& f,
                 const KeyContext& c) { assign(c.draft.job.parameters, read_parameters(f)); }},
    {"only_if", [](const TableField& f,
                   const KeyContext& c) { assign(c.draft.job.needs.only_if, read_command(f)); }},
    {"success_exit", read_success_exit},
};

}  // namespace

std::span<const KeyRule> what_keys() {
  return kWhatKeys;
}

}  // namespace dsched
