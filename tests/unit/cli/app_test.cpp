#include "cli/app.h"

#include <algorithm>

#include <doctest/doctest.h>

namespace dsched {
namespace {

TEST_CASE("options may stand before and behind the command") {
  const Outcome<Invocation> parsed =
      parse_command_line({"--tz", "UTC", "list", "a", "--json", "b"});
  REQUIRE(parsed);
  CHECK(parsed->command->name == "list");
  CHECK(parsed->arguments.words() == std::vector<std::string>{"a", "b"});
  CHECK(parsed->arguments.value("tz") == "UTC");
  CHECK(parsed->arguments.has("json"));
  CHECK_FALSE(parsed->arguments.job_words());
}

TEST_CASE("words behind two dashes belong to the job") {
  const Outcome<Invocation> parsed = parse_command_line({"run", "a", "--", "-x", "--json", "--"});
  REQUIRE(parsed);
  CHECK_FALSE(parsed->arguments.has("json"));
  REQUIRE(parsed->arguments.job_words());
  CHECK(*parsed->arguments.job_words() == std::vector<std::string>{"-x", "--json", "--"});
}

TEST_CASE("two dashes of a command without a job only end the options") {
  const Outcome<Invocation> parsed = parse_command_line({"list", "--", "--odd"});
  REQUIRE(parsed);
  CHECK(parsed->arguments.words() == std::vector<std::string>{"--odd"});
}

TEST_CASE("the value given last counts, repeated ones are kept in order") {
  const Outcome<Invocation> parsed =
      parse_command_line({"list", "--tz", "A", "--tz=B", "--tag", "x", "--tag", "y", "-vv"});
  REQUIRE(parsed);
  CHECK(parsed->arguments.value("tz") == "B");
  CHECK(parsed->arguments.values("tag") == std::vector<std::string>{"x", "y"});
  CHECK(parsed->arguments.times("verbose") == 2);
}

TEST_CASE("values may begin with a dash") {
  const Outcome<Invocation> parsed = parse_command_line({"history", "--since", "-2h"});
  REQUIRE(parsed);
  CHECK(parsed->arguments.value("since") == "-2h");
}

TEST_CASE("wrong lines name the command and what was meant") {
  const Outcome<Invocation> parsed = parse_command_line({"next", "--cuont", "3"});
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().exit_code == kExitUsage);
  CHECK(parsed.error().command == "next");
  CHECK(parsed.error().suggestions == std::vector<std::string>{"--count"});
}

TEST_CASE("no command has two options of one letter or one name") {
  for (const CommandSpec* command : all_commands()) {
    std::vector<std::string> seen;
    for (const OptionSpec& option : options_of(*command)) {
      std::vector<std::string> forms = {std::string(option.name)};
      if (option.letter != 0) forms.emplace_back(1, option.letter);
      for (const std::string& form : forms) {
        CAPTURE(form);
        CHECK(std::find(seen.begin(), seen.end(), form) == seen.end());
        seen.push_back(form);
      }
    }
  }
}

}  // namespace
}  // namespace dsched
