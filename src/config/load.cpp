#include <algorithm>
#include <deque>
#include <unordered_map>
#include <utility>

#include <fmt/core.h>

#include "base/text.h"
#include "config/after_check.h"
#include "config/config.h"
#include "config/crontab.h"
#include "config/discover.h"
#include "config/hash.h"
#include "config/job_file.h"
#include "config/settings_file.h"

namespace dsched {

namespace {

constexpr std::size_t kLargestFile = 16 << 20;
constexpr std::uint32_t kWritableByOthers = 022;
constexpr std::string_view kStandardInput = "-";

class Loader {
 public:
  Loader(const ConfigSources& sources, Files& files, ZoneDatabase& zones)
      : sources_(sources),
        files_(files),
        zones_(zones, sources.local_zone),
        context_{sources, files, zones_, result_.settings} {
    defaults_.job.inherit_env = sources.inherit_env;
  }

  Configuration load() {
    for (const std::string& file : sources_.settings_files) load_settings(file);
    load_directories();
    for (const std::string& file : sources_.job_files) load_named(file, kind_of(file));
    for (const std::string& file : sources_.crontab_files) load_named(file, JobFileKind::crontab);
    refuse_second_definitions();
    check_after(findings_);
    return finish();
  }

 private:
  void load_settings(const std::string& path) {
    result_.watch_directories.push_back(directory_of(path));
    if (!sources_.settings_required) {
      const auto info = files_.info(path);
      if (!info && info.error().code == ErrorCode::not_found) return;
    }
    const SourceText* source = read(path, sources_.check_owner);
    const bool good = source != nullptr && read_settings_file(*source, context_, result_.settings,
                                                              defaults_, findings_.diagnostics);
    if (!good) result_.settings_rejected = true;
  }

  void load_directories() {
    const Discovery found =
        discover_job_files(sources_.job_directories, files_, findings_.diagnostics);
    std::vector<std::string>& watched = result_.watch_directories;
    watched.insert(watched.end(), found.directories.begin(), found.directories.end());
    for (const auto& [relative, file] : found.files) {
      const SourceText* source = read(file.path, sources_.check_owner);
      // An empty file masks one of the same name in an earlier directory.
      if (source == nullptr) {
        findings_.rejected.push_back({file.path, ""});
      } else if (!trim(source->text()).empty()) {
        load_jobs(*source, file.name, file.kind, false);
      }
    }
  }

  void load_named(const std::string& path, JobFileKind kind) {
    if (path == kStandardInput)
      return load_jobs(keep("stdin", sources_.stdin_text), "stdin", kind, true);
    result_.watch_directories.push_back(directory_of(path));
    if (const SourceText* source = read(path, false)) {
      load_jobs(*source, stem_of(path), kind, true);
    } else {
      findings_.rejected.push_back({path, ""});
    }
  }

  void load_jobs(const SourceText& source, const std::string& name, JobFileKind kind,
                 bool allow_defaults) {
    if (kind == JobFileKind::crontab) {
      read_crontab(source, name, defaults_, context_, findings_);
    } else {
      read_job_file(source, name, allow_defaults, defaults_, context_, findings_);
    }
  }

  // Null when the file cannot be had; the reason is then in the diagnostics.
  const SourceText* read(const std::string& path, bool check_owner) {
    result_.content_hash = fnv1a(path, result_.content_hash);
    if (check_owner && !check_file_owner(path)) return nullptr;
    auto text = files_.read(path, kLargestFile);
    if (!text) {
      complain("E502", path, text.error().message);
      return nullptr;
    }
    return &keep(path, std::move(*text));
  }

  const SourceText& keep(const std::string& name, std::string text) {
    ++result_.files_read;
    const std::uint64_t size = text.size();
    result_.content_hash = fnv1a(fmt::format("\n{}\n", size), result_.content_hash);
    result_.content_hash = fnv1a(text, result_.content_hash);
    return texts_.emplace_back(name, std::move(text));
  }

  Diagnostic& complain(std::string_view code, const std::string& path, std::string message) {
    return findings_.diagnostics.emplace_back(
        about_file(Severity::error, code, path, std::move(message)));
  }

  bool check_file_owner(const std::string& path) {
    const auto info = files_.info(path);
    if (!info) return true;  // reading it will tell
    if (info->uid != 0 && info->uid != sources_.owner_uid) {
      complain("E501", path, fmt::format("this file belongs to user {}", info->uid))
          .help.push_back("whoever owns it could run commands: give it to the user of the jobs");
      return false;
    }
    if ((info->mode & kWritableByOthers) != 0) {
      complain("E501", path, "other users can write to this file")
          .help.push_back("chmod go-w " + path);
      return false;
    }
    return true;
  }

  // The first definition stays: a new file does not harm a job that is there.
  void refuse_second_definitions() {
    std::unordered_map<std::string, std::size_t> first_of;
    std::vector<JobDraft> kept;
    kept.reserve(findings_.jobs.size());
    for (JobDraft& draft : findings_.jobs) {
      const auto [first, is_new] = first_of.emplace(draft.job.name, kept.size());
      if (is_new) {
        kept.push_back(std::move(draft));
        continue;
      }
      report_second(draft, kept[first->second]);
      findings_.rejected.push_back({draft.job.place.file, draft.job.name});
    }
    findings_.jobs = std::move(kept);
  }

  void report_second(const JobDraft& second, const JobDraft& first) {
    FaultReport report(*second.place.source, findings_.diagnostics);
    Diagnostic& fault = report.error("E209", second.place.span,
                                     fmt::format("the job '{}' exists already", second.job.name));
    fault.label = "the first definition stays";
    fault.help.push_back(fmt::format("first: {}:{}", first.job.place.file, first.job.place.line));
  }

  Configuration finish() {
    result_.jobs.reserve(findings_.jobs.size());
    for (JobDraft& draft : findings_.jobs) result_.jobs.push_back(std::move(draft.job));
    std::sort(result_.jobs.begin(), result_.jobs.end(),
              [](const Job& a, const Job& b) { return a.name < b.name; });
    result_.rejected = std::move(findings_.rejected);
    result_.diagnostics = std::move(findings_.diagnostics);
    sort_diagnostics(result_.diagnostics);
    std::vector<std::string>& watched = result_.watch_directories;
    std::sort(watched.begin(), watched.end());
    watched.erase(std::unique(watched.begin(), watched.end()), watched.end());
    return std::move(result_);
  }

  const ConfigSources& sources_;
  Files& files_;
  Zones zones_;
  const ReadContext context_;
  std::deque<SourceText> texts_;  // places in the findings point at them
  JobDraft defaults_;
  Findings findings_;
  Configuration result_;
};

}  // namespace

Configuration load_configuration(const ConfigSources& sources, Files& files, ZoneDatabase& zones) {
  return Loader(sources, files, zones).load();
}

}  // namespace dsched
