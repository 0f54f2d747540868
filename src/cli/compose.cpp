#include "cli/compose.h"

#include <climits>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <string>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/app.h"
#include "env/real/posix_clock.h"
#include "env/real/posix_courier.h"
#include "env/real/posix_entropy.h"
#include "env/real/posix_files.h"
#include "env/real/posix_scratch.h"
#include "env/real/posix_users.h"
#include "env/real/uv_loop.h"

namespace dsched {
namespace {

constexpr std::size_t kMaxZoneFileBytes = 1 << 20;

Environment::Variables variables_of(char** environment) {
  Environment::Variables variables;
  for (char** entry = environment; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t sign = text.find('=');
    if (sign == std::string_view::npos) continue;
    variables.emplace_back(text.substr(0, sign), text.substr(sign + 1));
  }
  return variables;
}

Terminal find_terminal() {
  Terminal terminal;
  terminal.in_is_terminal = ::isatty(STDIN_FILENO) == 1;
  terminal.out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  terminal.err_is_terminal = ::isatty(STDERR_FILENO) == 1;
  winsize size{};
  if (terminal.out_is_terminal && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
    terminal.width = size.ws_col;
  return terminal;
}

std::string host_name() {
  char name[HOST_NAME_MAX + 1] = {};
  if (::gethostname(name, sizeof name - 1) != 0) return "localhost";
  return name;
}

std::string current_directory() {
  std::error_code fault;
  const std::filesystem::path path = std::filesystem::current_path(fault);
  return fault ? "/" : path.string();
}

std::string this_program(const char* name) {
  std::error_code fault;
  const std::filesystem::path path = std::filesystem::read_symlink("/proc/self/exe", fault);
  return fault ? name : path.string();
}

// The part of a path to a zone file that names the zone; empty when there is none.
std::string zone_in_path(const std::string& path) {
  const std::string directory = "zoneinfo/";
  const std::size_t at = path.find(directory);
  if (at == std::string::npos) return path.empty() || path.front() == '/' ? "" : path;
  return path.substr(at + directory.size());
}

// TZ, else what /etc/localtime links to, else what /etc/timezone says.
std::string find_local_zone(const Environment& environment, Files& files) {
  std::string wish = environment.get("TZ");
  if (!wish.empty() && wish.front() == ':') wish.erase(0, 1);
  if (const std::string zone = zone_in_path(wish); !zone.empty()) return zone;
  std::error_code fault;
  const std::filesystem::path link = std::filesystem::read_symlink("/etc/localtime", fault);
  if (!fault && link.string().find("zoneinfo/") != std::string::npos)
    return zone_in_path(link.string());
  const Result<std::string> text = files.read("/etc/timezone", kMaxZoneFileBytes);
  const std::string name = text ? std::string(trim(*text)) : "";
  return name.empty() ? "UTC" : name;
}

std::vector<std::string> zone_directories(const Environment& environment) {
  std::vector<std::string> directories;
  if (environment.has("TZDIR")) directories.push_back(environment.get("TZDIR"));
  for (const char* usual : {"/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo"})
    directories.emplace_back(usual);
  return directories;
}

std::string read_all_of_stdin() {
  std::string text;
  char bytes[65536];
  for (ssize_t size = 0; (size = ::read(STDIN_FILENO, bytes, sizeof bytes)) > 0;)
    text.append(bytes, static_cast<std::size_t>(size));
  return text;
}

std::optional<std::string> ask_on_terminal(std::string_view question) {
  std::cerr << question << std::flush;
  std::string line;
  if (!std::getline(std::cin, line)) return std::nullopt;
  return line;
}

// What sendmail and the commands of alerts find in their environment.
CourierOptions courier_options(const Environment& environment) {
  CourierOptions options;
  const std::string path = environment.get("PATH");
  options.environment = {
      "PATH=" +
      (path.empty() ? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" : path)};
  for (const char* name : {"HOME", "USER", "LOGNAME", "LANG", "TZ"}) {
    if (environment.has(name)) options.environment.push_back(name + ("=" + environment.get(name)));
  }
  return options;
}

// JOURNAL_STREAM names the device and inode that stderr has when it leads to the journal
// (systemd.exec(5)).
bool is_journal(const Environment& environment) {
  struct stat status {};
  if (!environment.has("JOURNAL_STREAM") || ::fstat(STDERR_FILENO, &status) != 0) return false;
  return environment.get("JOURNAL_STREAM") == fmt::format("{}:{}", status.st_dev, status.st_ino);
}

}  // namespace

int run_program(int argc, char** argv, char** variables) {
  const Environment environment(variables_of(variables));
  const std::unique_ptr<Clock> clock = make_posix_clock();
  const std::unique_ptr<Entropy> entropy = make_posix_entropy();
  const std::unique_ptr<Files> files = make_posix_files();
  const std::unique_ptr<Users> users = make_posix_users();
  const std::unique_ptr<Scratch> scratch = make_posix_scratch();
  const std::unique_ptr<Courier> courier = make_posix_courier(courier_options(environment));
  std::unique_ptr<Loop> loop;
  ZoneDatabase zones(zone_directories(environment),
                     [&](const std::string& path) { return files->read(path, kMaxZoneFileBytes); });
  Output out(STDOUT_FILENO);
  Output err(STDERR_FILENO);
  Platform platform{
      .clock = *clock,
      .entropy = *entropy,
      .files = *files,
      .users = *users,
      .scratch = *scratch,
      .courier = *courier,
      .zones = zones,
      .loop = [&]() -> Loop& {
        if (!loop) loop = make_uv_loop(*clock);
        return *loop;
      },
      .read_stdin = read_all_of_stdin,
      .ask = ask_on_terminal,
      .stderr_is_journal = [&] { return is_journal(environment); },
      .environment = environment,
      .terminal = find_terminal(),
      .host = host_name(),
      .program = this_program(argv[0]),
      .working_directory = current_directory(),
      .local_zone = find_local_zone(environment, *files),
      .uid = ::geteuid(),
      .pid = ::getpid(),
      .out = out,
      .err = err,
  };
  return run_app(std::vector<std::string>(argv + 1, argv + argc), platform);
}

}  // namespace dsched
