#include "config/hash.h"

#include <bit>

#include "base/wire.h"

namespace dsched {

namespace {

void put_texts(WireWriter& writer, const std::vector<std::string>& texts) {
  writer.list(texts, [&](const std::string& text) { writer.string(text); });
}

void put_numbers(WireWriter& writer, const std::vector<int>& numbers) {
  writer.list(numbers, [&](int number) { writer.i64(number); });
}

void put(WireWriter& writer, const Command& command) {
  writer.u8(static_cast<std::uint8_t>(command.index()));
  if (const auto* shell = std::get_if<ShellCommand>(&command)) writer.string(shell->text);
  if (const auto* argv = std::get_if<ArgvCommand>(&command)) put_texts(writer, argv->words);
  if (const auto* script = std::get_if<ScriptCommand>(&command)) writer.string(script->text);
}

void put(WireWriter& writer, const StandardInput& input) {
  writer.u8(static_cast<std::uint8_t>(input.index()));
  if (const auto* text = std::get_if<TextInput>(&input)) writer.string(text->text);
  if (const auto* file = std::get_if<FileInput>(&input)) writer.string(file->path);
}

void put_context(WireWriter& writer, const Job& job) {
  put(writer, job.command);
  put_texts(writer, job.shell);
  put(writer, job.input);
  writer.string(job.dir);
  writer.string(job.user);
  writer.string(job.group);
  writer.u32(job.umask);
  writer.list(job.env, [&](const auto& variable) {
    writer.string(variable.first);
    writer.string(variable.second);
  });
  writer.boolean(job.expand_env);
  writer.list(job.env_files, [&](const EnvFile& file) {
    writer.string(file.path);
    writer.boolean(file.optional);
  });
  writer.boolean(job.inherit_env);
  put_numbers(writer, job.success_exit);
  writer.string(job.timezone);
}

void put(WireWriter& writer, const std::optional<Duration>& duration) {
  writer.i64(duration ? duration->count() : -1);
}

void put_start(WireWriter& writer, const Job& job) {
  put(writer, job.after_timeout);
  writer.u8(static_cast<std::uint8_t>(job.late.catch_up));
  writer.i64(job.late.window.count());
  put(writer, job.late.start_deadline);
  put_texts(writer, job.watch.globs);
  writer.i64(job.watch.settle.count());
  writer.list(job.parameters, [&](const Parameter& parameter) {
    writer.string(parameter.name);
    writer.boolean(parameter.default_value.has_value());
    writer.string(parameter.default_value.value_or(""));
    put_texts(writer, parameter.choices);
    writer.boolean(parameter.required);
  });
  writer.i64(job.submitted_at ? job.submitted_at->time_since_epoch().count() : -1);
}

void put_needs(WireWriter& writer, const Job& job) {
  const Needs& needs = job.needs;
  put_texts(writer, needs.locks);
  writer.string(needs.pool);
  writer.list(needs.resources, [&](const auto& resource) {
    writer.string(resource.first);
    writer.u64(resource.second);
  });
  writer.u64(std::bit_cast<std::uint64_t>(needs.below_load.value_or(-1)));
  writer.boolean(needs.only_if.has_value());
  if (needs.only_if) put(writer, *needs.only_if);
  writer.i64(job.priority);
  writer.u8(static_cast<std::uint8_t>(job.queue));
}

void put_outcome(WireWriter& writer, const Job& job) {
  writer.u8(static_cast<std::uint8_t>(job.on_lost));
  writer.i64(job.pause_after_failures);
  writer.i64(job.pause_after_lost);
  writer.i64(job.expect.finish_by ? job.expect.finish_by->count() : -1);
  put(writer, job.expect.within);
  put(writer, job.expect.max_runtime);
  writer.boolean(job.expect.learned_runtime);
  writer.list(job.notify.on, [&](AlertKind kind) { writer.u8(static_cast<std::uint8_t>(kind)); });
  put_texts(writer, job.notify.email);
  put_texts(writer, job.notify.webhooks);
  writer.string(job.notify.command);
  writer.i64(job.notify.after);
  writer.i64(job.notify.repeat.count());
}

void put_policies(WireWriter& writer, const Job& job) {
  writer.boolean(job.enabled);
  put_texts(writer, job.after);
  writer.u8(static_cast<std::uint8_t>(job.after_on));
  put(writer, job.timeout);
  writer.i64(job.stop_signal);
  writer.i64(job.kill_after.count());
  writer.u8(static_cast<std::uint8_t>(job.overlap));
  writer.i64(job.retry.max);
  writer.i64(job.retry.delay.count());
  writer.u8(static_cast<std::uint8_t>(job.retry.backoff));
  writer.i64(job.retry.max_delay.count());
  put_numbers(writer, job.retry.on);
  writer.u8(static_cast<std::uint8_t>(job.output.capture));
  writer.u64(job.output.max_size);
  writer.boolean(job.output.tee);
  put_texts(writer, job.output.mask);
  writer.i64(job.history.keep.count());
  writer.i64(job.history.keep_runs);
}

}  // namespace

std::uint64_t hash_definition(const Job& job) {
  WireWriter writer;
  writer.string(job.name);
  put_context(writer, job);
  put_policies(writer, job);
  put_start(writer, job);
  put_needs(writer, job);
  put_outcome(writer, job);
  return fnv1a(writer.bytes());
}

std::uint64_t hash_schedule(const Job& job, Dialect dialect, std::uint64_t except_hash) {
  const TimetableRules& rules = job.timetable.rules();
  WireWriter writer;
  writer.string(job.name);
  writer.list(job.schedules, [&](const std::string& schedule) {
    writer.string(schedule);
    writer.u8(static_cast<std::uint8_t>(dialect));
  });
  writer.string(job.timetable.zone().name());
  writer.u8(static_cast<std::uint8_t>(rules.dst_gap));
  writer.boolean(rules.dst_gap_set);
  writer.u8(static_cast<std::uint8_t>(rules.dst_repeat));
  writer.i64(rules.jitter.count());
  writer.u64(except_hash);
  return fnv1a(writer.bytes());
}

}  // namespace dsched
