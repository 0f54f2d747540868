#pragma once
// Small text tools. Views returned refer to the argument.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dsched {

std::string_view trim(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);  // keeps empty parts
std::vector<std::string_view> split_words(std::string_view text);  // at runs of blanks and tabs
std::string join(const std::vector<std::string>& parts, std::string_view separator);
// [A-Za-z_][A-Za-z0-9_]*: what a shell takes for the name of a variable.
bool is_variable_name(std::string_view name);
std::string to_lower_ascii(std::string_view text);

bool is_utf8(std::string_view text);
// How many terminal cells the text takes: code points, with East Asian wide ones counting two and
// combining marks none.
std::size_t display_width(std::string_view text);

// Shell-like pattern over the bytes of the whole text: * ? [a-z] [!x]; a '[' without end is itself.
// '/' is an ordinary character: 'backup/*' takes 'backup/a/b'.
bool glob_match(std::string_view pattern, std::string_view text);
bool has_glob_characters(std::string_view text);

// Control characters, invalid UTF-8 and characters that reorder text as \n, \t, \x1b, \u202e: safe
// to show on a terminal. A backslash stays as it is.
std::string visible(std::string_view text);

// "1,234,567"
std::string with_thousands(std::uint64_t number);

}  // namespace dsched
