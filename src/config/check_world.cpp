#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "base/text.h"
#include "config/config.h"
#include "config/report.h"

namespace dsched {

namespace {

constexpr std::size_t kLargestShownFile = 16 << 20;
constexpr std::uint32_t kExecutable = 0111;
constexpr std::string_view kDefaultPath = "/usr/local/bin:/usr/bin:/bin";
constexpr std::string_view kRootPath =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr std::string_view kShellSyntax = "\"'\\$`*?[]{}()<>|&;~=#";

class WorldCheck {
 public:
  WorldCheck(Files& files, Users& users) : files_(files), users_(users) {}

  void check(const Job& job) {
    check_account(job);
    check_directory(job);
    check_program(job);
  }

  std::vector<Diagnostic> take() {
    sort_diagnostics(diagnostics_);
    return std::move(diagnostics_);
  }

 private:
  // Points at the line of the key where the job's own file has it, else where the job starts.
  Diagnostic& complain(const Job& job, Severity severity, std::string_view code,
                       std::string_view key, std::string message) {
    const SourceText* source = text_of(job.place.file);
    if (source == nullptr)
      return diagnostics_.emplace_back(
          about_file(severity, code, job.place.file, std::move(message)));
    FaultReport report(*source, diagnostics_);
    return report.add(severity, code, source->line_span(line_of(job, key)), std::move(message));
  }

  static int line_of(const Job& job, std::string_view key) {
    const auto found =
        std::find_if(job.key_places.begin(), job.key_places.end(), [&](const auto& known) {
          return known.first == key && known.second.file == job.place.file;
        });
    return found == job.key_places.end() ? job.place.line : found->second.line;
  }

  const SourceText* text_of(const std::string& file) {
    const auto known = texts_.find(file);
    if (known != texts_.end()) return known->second.get();
    auto text = files_.read(file, kLargestShownFile);
    auto source = text ? std::make_unique<SourceText>(file, std::move(*text)) : nullptr;
    return texts_.emplace(file, std::move(source)).first->second.get();
  }

  void check_account(const Job& job) {
    if (!job.user.empty() && !user_known(job.user))
      complain(job, Severity::error, "E401", "user",
               fmt::format("there is no user '{}'", job.user));
    if (job.group.empty()) return;
    const auto [known, is_new] = groups_.try_emplace(job.group, false);
    if (is_new) known->second = users_.find_group(job.group).has_value();
    if (!known->second)
      complain(job, Severity::error, "E401", "group",
               fmt::format("there is no group '{}'", job.group));
  }

  bool user_known(const std::string& name) {
    const auto [known, is_new] = users_known_.try_emplace(name, false);
    if (is_new) known->second = users_.find(name).has_value();
    return known->second;
  }

  void check_directory(const Job& job) {
    if (job.dir.empty() || job.dir.front() != '/') return;
    const auto info = files_.info(job.dir);
    if (info && info->kind == FileKind::directory) return;
    complain(job, Severity::error, "E402", "dir",
             info ? fmt::format("'{}' is not a directory", job.dir)
                  : fmt::format("there is no directory '{}'", job.dir));
  }

  void check_program(const Job& job) {
    const std::optional<std::string> program = program_of(job);
    if (!program) return;
    const std::string_view key =
        std::holds_alternative<ScriptCommand>(job.command) ? "script" : "command";
    const std::optional<FileInfo> found = look_up(*program, job);
    if (!found) {
      const bool by_path = program->find('/') != std::string::npos;
      complain(job, Severity::warning, "W403", key,
               by_path ? fmt::format("there is no program '{}'", *program)
                       : fmt::format("there is no program '{}' in the job's PATH", *program));
    } else if (found->kind != FileKind::regular || (found->mode & kExecutable) == 0) {
      complain(job, Severity::warning, "W404", key,
               fmt::format("'{}' is not executable", *program));
    }
  }

  // The program that is surely executed; nothing when a shell decides.
  static std::optional<std::string> program_of(const Job& job) {
    if (const auto* argv = std::get_if<ArgvCommand>(&job.command)) return argv->words.front();
    if (const auto* script = std::get_if<ScriptCommand>(&job.command)) {
      if (script->text.compare(0, 2, "#!") != 0) return job.shell.front();
      const auto words =
          split_words(std::string_view(script->text).substr(2, script->text.find('\n') - 2));
      return words.empty() ? std::nullopt : std::optional(std::string(words.front()));
    }
    const auto words = split_words(std::get<ShellCommand>(job.command).text);
    const bool plain = !words.empty() && words.front().front() == '/' &&
                       words.front().find_first_of(kShellSyntax) == std::string_view::npos;
    return plain ? std::string(words.front()) : job.shell.front();
  }

  // Nothing when it is not there. Paths that are not known now (relative, computed) count as found.
  std::optional<FileInfo> look_up(const std::string& program, const Job& job) {
    const FileInfo fine{FileKind::regular, 0, kExecutable, 0};
    if (program.find('/') != std::string::npos) {
      if (program.front() != '/') return fine;
      const auto info = files_.info(program);
      return info ? std::optional(*info) : std::nullopt;
    }
    const auto path = path_of(job);
    if (!path) return fine;
    for (const std::string_view directory : split(*path, ':')) {
      const auto info = files_.info(std::string(directory) + "/" + program);
      if (info && info->kind == FileKind::regular) return *info;
    }
    return std::nullopt;
  }

  std::optional<std::string> path_of(const Job& job) {
    if (job.inherit_env || !job.env_files.empty()) return std::nullopt;
    const auto own = std::find_if(job.env.begin(), job.env.end(),
                                  [](const auto& variable) { return variable.first == "PATH"; });
    if (own != job.env.end()) {
      if (own->second.find('$') != std::string::npos) return std::nullopt;
      return own->second;
    }
    const auto user = job.user.empty() ? users_.current() : users_.find(job.user);
    return std::string(user && user->uid == 0 ? kRootPath : kDefaultPath);
  }

  Files& files_;
  Users& users_;
  std::vector<Diagnostic> diagnostics_;
  std::map<std::string, std::unique_ptr<SourceText>> texts_;
  std::map<std::string, bool> users_known_;
  std::map<std::string, bool> groups_;
};

}  // namespace

std::vector<Diagnostic> check_world(const std::vector<Job>& jobs, Files& files, Users& users) {
  WorldCheck world(files, users);
  for (const Job& job : jobs) world.check(job);
  return world.take();
}

}  // namespace dsched
