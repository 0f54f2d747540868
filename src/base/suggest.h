#pragma once
// "Did you mean": Damerau-Levenshtein distance (optimal string alignment) at most 2, at most 1 for
// words of up to four letters, or a prefix; at most three answers, nearest first.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dsched {

std::size_t edit_distance(std::string_view a, std::string_view b);
std::vector<std::string> suggestions(std::string_view word,
                                     const std::vector<std::string>& candidates);

// "; did you mean 'a'?" / "; did you mean 'a' or 'b'?" / "" - to be put after a message.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace dsched
