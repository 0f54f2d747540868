#pragma once
// Reading UTF-8 one code point at a time.

#include <cstddef>
#include <string>
#include <string_view>

namespace dsched {

struct CodePoint {
  char32_t value = 0;
  std::size_t size = 1;  // bytes taken; 1 when not valid
  bool valid =
      false;  // false: no code point starts here (overlong, surrogate, cut off, stray byte)
};

// The code point at the front. Requires: !text.empty().
CodePoint front_code_point(std::string_view text);

// Terminal cells of a code point: 0 for combining marks and format characters, 2 for East Asian
// wide and full-width ones, otherwise 1.
int cell_width(char32_t code_point);

// What visible() of text.h shows for the code point at the front of text.
std::string visible_code_point(CodePoint code_point, std::string_view text);

}  // namespace dsched
