#pragma once
// What a command works with: the outside world as compose.cpp joined it, and its own command line.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/arguments.h"
#include "cli/output.h"
#include "env/clock.h"
#include "env/courier.h"
#include "env/entropy.h"
#include "env/files.h"
#include "env/loop.h"
#include "env/scratch.h"
#include "env/users.h"
#include "time/zone_database.h"

namespace dsched {

struct CommandSpec;

class Environment {
 public:
  using Variables = std::vector<std::pair<std::string, std::string>>;
  explicit Environment(Variables variables) : variables_(std::move(variables)) {}
  // "" when it is not set.
  std::string get(std::string_view name) const;
  bool has(std::string_view name) const { return !get(name).empty(); }
  const Variables& variables() const { return variables_; }

 private:
  Variables variables_;
};

struct Terminal {
  bool in_is_terminal = false;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  int width = 0;  // columns of stdout's terminal; 0 = it is none
};

// Everything outside of this process, and the facts about it. References outlive every command.
struct Platform {
  Clock& clock;
  Entropy& entropy;
  Files& files;
  Users& users;
  Scratch& scratch;
  Courier& courier;
  ZoneDatabase& zones;
  std::function<Loop&()> loop;              // made when first asked for
  std::function<std::string()> read_stdin;  // all of it
  std::function<std::optional<std::string>(std::string_view question)>
      ask;  // a line from the terminal
  std::function<bool()> stderr_is_journal;
  Environment environment;
  Terminal terminal;
  std::string host;
  std::string program;  // path of this binary
  std::string working_directory;
  std::string local_zone;  // name; "UTC" when unknown
  std::uint32_t uid = 0;
  std::int32_t pid = 0;
  Output& out;
  Output& err;
};

struct Context {
  const CommandSpec& command;
  const Arguments& arguments;
  Platform& platform;
  Style out_style;
  Style err_style;
  bool json = false;
  bool plain = false;

  Output& out() const { return platform.out; }
  Output& err() const { return platform.err; }
  // A line for people, on stderr; not with --quiet.
  void note(std::string_view line) const;
  // The clock's time, or that of --now and DSCHED_NOW.
  Outcome<Instant> now() const;
  // What times are shown in: --utc, --tz, DSCHED_TZ, else the local zone.
  Outcome<std::shared_ptr<const Zone>> display_zone() const;
  // May we ask on the terminal?
  bool may_ask() const;
};

Outcome<Context> make_context(const CommandSpec& command, const Arguments& arguments,
                              Platform& platform);

}  // namespace dsched
