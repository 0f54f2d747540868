#include "config/signal_name.h"

#include <charconv>
#include <csignal>

#include "base/text.h"

namespace dsched {

namespace {

struct Signal {
  std::string_view name;
  int number;
};

constexpr Signal kSignals[] = {
    {"hup", SIGHUP},   {"int", SIGINT},   {"quit", SIGQUIT}, {"abrt", SIGABRT},   {"kill", SIGKILL},
    {"usr1", SIGUSR1}, {"usr2", SIGUSR2}, {"alrm", SIGALRM}, {"term", SIGTERM},   {"cont", SIGCONT},
    {"stop", SIGSTOP}, {"tstp", SIGTSTP}, {"pipe", SIGPIPE}, {"winch", SIGWINCH},
};
constexpr int kHighestSignal = 64;

}  // namespace

std::optional<int> signal_number(std::string_view text) {
  int number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, fault] = std::from_chars(text.data(), end, number);
  if (!text.empty() && stop == end) {
    const bool possible = fault == std::errc{} && number >= 1 && number <= kHighestSignal;
    return possible ? std::optional(number) : std::nullopt;
  }
  std::string name = to_lower_ascii(text);
  if (name.compare(0, 3, "sig") == 0) name.erase(0, 3);
  for (const Signal& signal : kSignals) {
    if (signal.name == name) return signal.number;
  }
  return std::nullopt;
}

const std::vector<std::string>& signal_names() {
  static const std::vector<std::string> names = {"HUP",  "INT",  "QUIT", "ABRT", "KILL",
                                                 "USR1", "USR2", "ALRM", "TERM", "CONT",
                                                 "STOP", "TSTP", "PIPE", "WINCH"};
  return names;
}

}  // namespace dsched
