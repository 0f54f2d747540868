#include "base/suggest.h"

#include <algorithm>

#include <fmt/core.h>

namespace dsched {
namespace {

constexpr std::size_t kMaxSuggestions = 3;

std::size_t allowed_distance(std::string_view word) {
  return word.size() <= 4 ? 1 : 2;
}

}  // namespace

// Optimal string alignment: a matrix of the distances between prefixes, of which three rows are
// kept.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> two_back(b.size() + 1);
  std::vector<std::size_t> previous(b.size() + 1);
  std::vector<std::size_t> current(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) current[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    two_back.swap(previous);
    previous.swap(current);
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, change});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) current[j] = std::min(current[j], two_back[j - 2] + 1);
    }
  }
  return current[b.size()];
}

std::vector<std::string> suggestions(std::string_view word,
                                     const std::vector<std::string>& candidates) {
  if (word.empty()) return {};
  struct Near {
    std::size_t distance;
    const std::string* candidate;
  };
  const std::size_t allowed = allowed_distance(word);
  std::vector<Near> near;
  for (const std::string& candidate : candidates) {
    if (candidate == word) continue;
    const bool is_prefix = candidate.compare(0, word.size(), word) == 0;
    if (!is_prefix && candidate.size() + allowed < word.size()) continue;
    const std::size_t distance = edit_distance(word, candidate);
    if (is_prefix || distance <= allowed) near.push_back({distance, &candidate});
  }
  std::stable_sort(near.begin(), near.end(),
                   [](const Near& a, const Near& b) { return a.distance < b.distance; });
  std::vector<std::string> answers;
  for (const Near& one : near) {
    if (answers.size() < kMaxSuggestions) answers.push_back(*one.candidate);
  }
  return answers;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::vector<std::string> answers = suggestions(word, candidates);
  if (answers.empty()) return "";
  std::string text = "; did you mean ";
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (i > 0) text += i + 1 == answers.size() ? " or " : ", ";
    text += fmt::format("'{}'", answers[i]);
  }
  return text + "?";
}

}  // namespace dsched
