#include "supervise/cgroup.h"

#include <cerrno>
#include <charconv>
#include <filesystem>

#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "supervise/small_file.h"

namespace dsched {

namespace {

// Where version 2 is mounted: alone at /sys/fs/cgroup, or beside version 1.
std::string mount_point() {
  const std::string text = read_small_file("/proc/self/mountinfo");
  for (const std::string_view line : split(text, '\n')) {
    if (line.find(" - cgroup2 ") == std::string_view::npos) continue;
    const auto words = split(line, ' ');
    if (words.size() > 4 && words[3] == "/") return std::string(words[4]);
  }
  return "";
}

std::string own_group() {
  const std::string text = read_small_file("/proc/self/cgroup");
  for (const std::string_view line : split(text, '\n')) {
    if (line.starts_with("0::")) return std::string(line.substr(3));
  }
  return "";
}

std::vector<std::string> groups_below(const std::string& path) {
  std::vector<std::string> groups;
  std::error_code gone;
  for (std::filesystem::directory_iterator entry(path, gone), end; !gone && entry != end;
       entry.increment(gone)) {
    std::error_code ignored;
    if (entry->is_directory(ignored)) groups.push_back(entry->path().string());
  }
  return groups;
}

// Groups of dead supervisors; those that hold something stay.
void remove_empty_groups(const std::string& parent) {
  for (const std::string& group : groups_below(parent)) {
    if (group.compare(parent.size(), 8, "/dsched-") == 0) ::rmdir(group.c_str());
  }
}

}  // namespace

std::unique_ptr<Cgroups> Cgroups::open() {
  const std::string mount = mount_point();
  const std::string group = own_group();
  if (mount.empty() || group.empty()) return nullptr;
  const std::string parent = mount + (group == "/" ? "" : group);
  remove_empty_groups(parent);
  const std::string root = fmt::format("{}/dsched-{}", parent, ::getpid());
  if (::mkdir(root.c_str(), 0755) != 0 && errno != EEXIST) return nullptr;
  return std::unique_ptr<Cgroups>(new Cgroups(root));
}

Cgroups::~Cgroups() {
  remove_cgroup(root_);
}

std::string Cgroups::path_of(std::string_view name) const {
  return fmt::format("{}/{}", root_, name);
}

Descriptor Cgroups::make(const std::string& path) {
  // Another supervisor may have tidied our group away while it was empty.
  ::mkdir(root_.c_str(), 0755);
  if (::mkdir(path.c_str(), 0755) != 0) return {};
  const std::string procs = path + "/cgroup.procs";
  const int fd = ::open(procs.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) remove_cgroup(path);
  return above_standard(Descriptor(fd));
}

std::vector<pid_t> cgroup_processes(const std::string& path) {
  std::vector<pid_t> pids;
  const std::string text = read_small_file(path + "/cgroup.procs");
  for (const std::string_view line : split(text, '\n')) {
    pid_t pid = 0;
    std::from_chars(line.data(), line.data() + line.size(), pid);
    if (pid > 0) pids.push_back(pid);
  }
  for (const std::string& below : groups_below(path)) {
    const auto more = cgroup_processes(below);
    pids.insert(pids.end(), more.begin(), more.end());
  }
  return pids;
}

void signal_cgroup(const std::string& path, int signal_number) {
  for (const pid_t pid : cgroup_processes(path)) ::kill(pid, signal_number);
}

void kill_cgroup(const std::string& path) {
  const std::string kill_file = path + "/cgroup.kill";
  const Descriptor file(::open(kill_file.c_str(), O_WRONLY | O_CLOEXEC));
  if (file && ::write(file.get(), "1", 1) == 1) return;
  signal_cgroup(path, SIGKILL);
}

bool remove_cgroup(const std::string& path) {
  if (::rmdir(path.c_str()) == 0 || errno == ENOENT) return true;
  for (const std::string& below : groups_below(path)) remove_cgroup(below);
  return ::rmdir(path.c_str()) == 0 || errno == ENOENT;
}

}  // namespace dsched
