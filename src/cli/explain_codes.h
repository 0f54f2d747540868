#pragma once
// What every code that dsched prints means, and what to do about it.

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace dsched {

struct CodeText {
  std::string_view code;     // "E304", "75", "lost"
  std::string_view meaning;  // sentences
  std::string_view remedy;   // what to do; may be empty
};

// Of files (E1xx, W3xx, ...), exit codes, results, reasons.
std::span<const CodeText> diagnostic_codes();
std::span<const CodeText> exit_codes();
std::span<const CodeText> result_words();
std::span<const CodeText> reason_words();

// The text for "E304" (any case), "exit 75" or "75", "lost" or "result lost", "overlap"; nullptr
// when it is no code.
const CodeText* find_code(std::string_view words);

}  // namespace dsched
