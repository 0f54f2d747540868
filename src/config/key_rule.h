#pragma once
// The keys of a job, by subject as in jobfile.md. To add a key: its field in model/job.h, a line in
// the table of its subject, in hash.cpp, in jobfile.md and in dsched-job(5).

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/job_keys.h"
#include "config/value_reader.h"

namespace dsched {

struct KeyRule {
  std::string_view name;
  void (*read)(const TableField&, const KeyContext&);
};

inline constexpr IntegerRange kExitCodes{0, 255};

std::span<const KeyRule> what_keys();     // what is run, as whom, with what
std::span<const KeyRule> when_keys();     // what makes it fire, and how late that still counts
std::span<const KeyRule> how_keys();      // how a run goes, and what it needs
std::span<const KeyRule> outcome_keys();  // what is kept, expected and told

const KeyRule* find_rule(std::span<const KeyRule> rules, std::string_view name);
std::vector<std::string> names_of(std::span<const KeyRule> rules);

// The keys of a table such as [retry]. `later` are those that a later release will know.
void read_table(const TableField& field, const KeyContext& context, std::span<const KeyRule> rules,
                const std::vector<std::string_view>& later = {});

template <class T, class Read>
void assign(T& target, std::optional<Read> value) {
  if (value) target = std::move(*value);
}

// The enumerators of Enum are in the order of the words.
template <class Enum, std::size_t n>
void assign_choice(Enum& target, const TableField& field, const std::string_view (&words)[n]) {
  if (const auto index = read_choice(field, words)) target = static_cast<Enum>(*index);
}

// Several words, each once.
template <class Enum, std::size_t n>
void assign_choices(std::vector<Enum>& target, const TableField& field,
                    const std::string_view (&words)[n]) {
  const auto indexes = read_choices(field, words);
  if (!indexes) return;
  target.clear();
  for (const std::size_t index : *indexes) {
    const auto choice = static_cast<Enum>(index);
    if (std::find(target.begin(), target.end(), choice) == target.end()) target.push_back(choice);
  }
}

inline void assign_number(int& target, const TableField& field, IntegerRange range) {
  if (const auto number = read_integer(field, range)) target = static_cast<int>(*number);
}

}  // namespace dsched
