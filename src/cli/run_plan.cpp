#include "cli/run_plan.h"

#include <algorithm>
#include <map>
#include <variant>

#include <fmt/format.h>

#include "base/duration_text.h"
#include "base/text.h"
#include "cli/json.h"

namespace dsched {
namespace {

struct Step {
  int number;  // jobs of one number can run side by side
  const Job* job;
};

std::vector<Step> steps_of(const std::vector<Job>& jobs) {
  std::map<std::string, int> numbers;
  std::vector<Step> steps;
  for (bool found = true; found;) {
    found = false;
    for (const Job& job : jobs) {
      if (numbers.count(job.name) > 0) continue;
      int number = 1;
      const bool ready =
          std::all_of(job.after.begin(), job.after.end(), [&](const std::string& name) {
            const auto upstream = numbers.find(name);
            if (upstream != numbers.end()) number = std::max(number, upstream->second + 1);
            return upstream != numbers.end();
          });
      if (!ready) continue;
      numbers[job.name] = number;
      steps.push_back({number, &job});
      found = true;
    }
  }
  std::stable_sort(steps.begin(), steps.end(),
                   [](const Step& a, const Step& b) { return a.number < b.number; });
  return steps;
}

std::string command_text(const Job& job) {
  if (const auto* shell = std::get_if<ShellCommand>(&job.command)) return shell->text;
  if (const auto* argv = std::get_if<ArgvCommand>(&job.command)) return join(argv->words, " ");
  return "a script";
}

std::string notes_of(const Job& job) {
  std::vector<std::string> notes;
  if (!job.after.empty()) notes.push_back("after " + join(job.after, ", "));
  if (!job.after.empty() && job.after_on != AfterOn::success)
    notes.push_back(fmt::format("on {}", to_text(job.after_on)));
  if (job.retry.max > 0) notes.push_back(fmt::format("up to {} tries", job.retry.max + 1));
  if (job.timeout) notes.push_back("timeout " + human_duration(*job.timeout));
  return join(notes, ", ");
}

Json step_json(const Step& step) {
  Json after = Json::array();
  for (const std::string& name : step.job->after) after.push(name);
  return Json::object(
      {{"step", step.number},
       {"job", step.job->name},
       {"command", command_text(*step.job)},
       {"after", after},
       {"after_on", to_text(step.job->after_on)},
       {"max_attempts", step.job->retry.max + 1},
       {"timeout_s", step.job->timeout ? Json(to_seconds(*step.job->timeout)) : Json()}});
}

void print_json(const Context& context, const std::vector<Step>& steps) {
  Json list = Json::array();
  for (const Step& step : steps) list.push(step_json(step));
  Json answer = Json::object({{"schema", "dsched.plan/1"}});
  answer.set("steps", std::move(list));
  context.out().write(answer.dump() + "\n");
}

}  // namespace

Outcome<int> print_plan(const Context& context, const std::vector<Job>& jobs) {
  const std::vector<Step> steps = steps_of(jobs);
  if (context.json) {
    print_json(context, steps);
    return kExitOk;
  }
  const Result<User> user = context.platform.users.current();
  context.out().write(fmt::format("would run {} job{} as {}\n", jobs.size(),
                                  jobs.size() == 1 ? "" : "s",
                                  user ? user->name : std::to_string(context.platform.uid)));
  std::size_t width = 0;
  for (const Step& step : steps) width = std::max(width, display_width(step.job->name));
  for (const Step& step : steps) {
    const std::string padding(width - display_width(step.job->name), ' ');
    const std::string notes = notes_of(*step.job);
    context.out().write(fmt::format("  {}  {}{}  {}{}\n", step.number, step.job->name, padding,
                                    visible(command_text(*step.job)),
                                    notes.empty() ? "" : "   (" + notes + ")"));
  }
  return kExitOk;
}

}  // namespace dsched
