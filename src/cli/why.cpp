#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/jobs.h"
#include "cli/records.h"
#include "cli/why_facts.h"
#include "cli/why_story.h"

namespace dsched {
namespace {

constexpr OptionSpec kOptions[] = {
    {"at", 0, "TIME", "the firing of this time, instead of the newest one"},
    {"since", 0, "TIME", "every firing since then that did not start"},
};

constexpr std::size_t kWidestText = 60;  // in front of a place

Outcome<std::optional<Instant>> time_option(const Context& context, std::string_view option,
                                            const TimeView& view) {
  const std::optional<std::string> text = context.arguments.value(option);
  if (!text) return std::optional<Instant>{};
  Result<Instant> at = parse_time(*text, view.zone(), view.now());
  if (at) return std::optional<Instant>{*at};
  Failure failure = usage_failure(fmt::format("--{}: {}", option, at.error().message));
  failure.hint = at.error().hint;
  return failure;
}

// The label stands in front of the first line only.
class Paragraph {
 public:
  explicit Paragraph(std::string_view label) : label_(label) {}
  void add(std::string_view line) {
    text_ += fmt::format("{:<9} {}\n", text_.empty() ? label_ : "", line);
  }
  const std::string& text() const { return text_; }

 private:
  std::string_view label_;
  std::string text_;
};

std::string because_text(const Context& context, const Story& story) {
  Paragraph paragraph("because");
  if (!story.because.empty()) paragraph.add(visible(story.because));
  for (const Evidence& evidence : story.evidence) {
    std::string line = visible(evidence.text);
    if (!evidence.place.file.empty()) {
      const std::size_t width = std::min(kWidestText, std::max<std::size_t>(line.size(), 30));
      line = fmt::format("{:<{}}  {}:{}", line, width, tilde_path(context, evidence.place.file),
                         evidence.place.line);
    }
    paragraph.add("  " + line);
  }
  return paragraph.text();
}

std::string next_text(const Story& story, const TimeView& view) {
  if (!story.next && story.next_note.empty()) return "";
  std::string line;
  if (story.next)
    line = fmt::format("{}  ({})", view.full(*story.next), view.relative(*story.next));
  if (story.next && !story.next_note.empty()) line += ", ";
  Paragraph paragraph("next");
  paragraph.add(line + story.next_note);
  return paragraph.text();
}

std::string story_text(const Context& context, const Story& story, const TimeView& view) {
  std::string text = story.headline + "\n\n" + because_text(context, story);
  if (!story.effect.empty()) {
    Paragraph effect("effect");
    effect.add(story.effect);
    text += effect.text();
  }
  text += next_text(story, view);
  Paragraph fixes("fix");
  for (const Fix& fix : story.fixes)
    fixes.add(fix.command.empty() ? fix.text : fmt::format("{}:  {}", fix.text, fix.command));
  return text + fixes.text();
}

Json story_json(const WhyFacts& facts, const Story& story, const TimeView& view) {
  Json evidence = Json::array();
  for (const Evidence& piece : story.evidence) {
    const bool placed = !piece.place.file.empty();
    evidence.push(Json::object({{"text", piece.text},
                                {"file", placed ? Json(piece.place.file) : Json()},
                                {"line", placed ? Json(piece.place.line) : Json()}}));
  }
  Json fixes = Json::array();
  for (const Fix& fix : story.fixes)
    fixes.push(Json::object(
        {{"text", fix.text}, {"command", fix.command.empty() ? Json() : Json(fix.command)}}));
  const auto text = [](const std::string& value) { return value.empty() ? Json() : Json(value); };
  return Json::object({{"job", facts.name},
                       {"state", story.state},
                       {"headline", story.headline},
                       {"firing_at", time_json(view, story.firing_at)},
                       {"firing_unix", unix_json(story.firing_at)},
                       {"decision", facts.decision ? Json(to_text(facts.decision->kind))
                                    : facts.run    ? Json("started")
                                                   : Json()},
                       {"reason", story.reason ? Json(to_text(*story.reason)) : Json()},
                       {"since_at", time_json(view, story.since)},
                       {"since_unix", unix_json(story.since)},
                       {"run_id", facts.run ? Json(facts.run->run_id) : Json()},
                       {"because", text(story.because)},
                       {"evidence", std::move(evidence)},
                       {"effect", text(story.effect)},
                       {"next_at", time_json(view, story.next)},
                       {"next_unix", unix_json(story.next)},
                       {"next_note", text(story.next_note)},
                       {"fixes", std::move(fixes)}});
}

Outcome<int> tell_one(const Context& context, const Workspace& workspace, HistoryReader* history,
                      const std::string& name) {
  const TimeView& view = workspace.view;
  DSCHED_TRY_ASSIGN(const std::optional<Instant> at, time_option(context, "at", view));
  DSCHED_TRY_ASSIGN(const WhyFacts facts, facts_about(context, workspace, history, name, at));
  const Story story = tell(facts, view);
  if (context.json) {
    Json answer = Json::object({{"schema", "dsched.why/1"}});
    context.out().write(answer.merge(story_json(facts, story, view)).dump() + "\n");
  } else {
    context.out().write(story_text(context, story, view));
  }
  return kExitOk;
}

Outcome<int> tell_all(const Context& context, const Workspace& workspace, HistoryReader* history,
                      const std::string& name, Instant since) {
  const TimeView& view = workspace.view;
  DSCHED_TRY_ASSIGN(const std::vector<WhyFacts> all,
                    facts_since(context, workspace, history, name, since));
  Json stories = Json::array();
  for (const WhyFacts& facts : all) {
    const Story story = tell(facts, view);
    if (context.json) {
      stories.push(story_json(facts, story, view));
    } else {
      context.out().write(fmt::format("{}  {:<8}{}{}\n", view.date_time(*facts.at), story.state,
                                      visible(story.because),
                                      facts.decision->firings > 1 ? "; " + story.effect : ""));
    }
  }
  if (context.json) {
    Json answer = Json::object({{"schema", "dsched.why_list/1"},
                                {"job", name},
                                {"since_at", view.rfc3339(since)},
                                {"since_unix", unix_json(since)}});
    answer.set("stories", std::move(stories));
    context.out().write(answer.dump() + "\n");
  } else if (all.empty()) {
    context.note(fmt::format("{} missed and skipped nothing since {}", name, view.full(since)));
  }
  return kExitOk;
}

Outcome<int> run(Context& context) {
  if (context.arguments.words().empty()) return usage_failure("the name of a job is missing");
  if (context.arguments.has("at") && context.arguments.has("since"))
    return usage_failure("--at and --since exclude each other");
  const std::string& name = context.arguments.words().front();
  DSCHED_TRY_ASSIGN(const Workspace workspace, open_workspace(context));
  DSCHED_TRY_ASSIGN(const std::unique_ptr<HistoryReader> history, open_reader(workspace.paths));
  DSCHED_TRY_ASSIGN(const std::optional<Instant> since,
                    time_option(context, "since", workspace.view));
  if (since) return tell_all(context, workspace, history.get(), name, *since);
  return tell_one(context, workspace, history.get(), name);
}

constexpr CommandSpec kCommand{
    .name = "why",
    .heading = "Look",
    .summary = "why a job did or did not run",
    .usage = "JOB",
    .words = Words::one,
    .word_kind = "job",
    .groups = kReadsJobs | kTimes | kReadOnly,
    .options = kOptions,
    .description =
        "The cause, what shows it, what followed, when the job is due next, and what helps. It "
        "reads the files\n"
        "and the history, so it works without the daemon. dsched explain REASON tells what a "
        "reason means in general.",
    .examples =
        "dsched why nightly\ndsched why nightly --at 2026-11-20T02:15\ndsched why nightly --since "
        "-7d",
    .run = run,
};

}  // namespace

const CommandSpec& why_command() {
  return kCommand;
}

}  // namespace dsched
