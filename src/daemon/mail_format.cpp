#include "daemon/mail_format.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "base/text.h"
#include "base/utf8.h"

namespace dsched {

namespace {

constexpr std::size_t kLongestPlainLine = 900;
constexpr std::size_t kLongestEncodedLine = 76;  // RFC 2045, 6.7
constexpr std::size_t kLongestEncodedWord = 75;  // RFC 2047, 2

bool is_plain(char c) {
  return c == '\t' || (c >= ' ' && c <= '~');
}

std::string hex(char c) {
  return fmt::format("={:02X}", static_cast<unsigned char>(c));
}

// The Q encoding of RFC 2047, 4.2, with no more literal characters than any header allows.
std::string word_encoded(std::string_view character) {
  std::string result;
  for (const char c : character) {
    const bool literal = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    result += literal ? std::string(1, c) : c == ' ' ? "_" : hex(c);
  }
  return result;
}

std::string encoded_words(std::string_view text) {
  constexpr std::string_view kBegin = "=?utf-8?Q?", kEnd = "?=";
  std::string result(kBegin);
  std::size_t length = kBegin.size();
  while (!text.empty()) {
    const std::size_t size = front_code_point(text).size;
    const std::string character = word_encoded(text.substr(0, size));
    if (length + character.size() + kEnd.size() > kLongestEncodedWord) {
      result.append(kEnd).append("\n ").append(kBegin);
      length = kBegin.size();
    }
    result += character;
    length += character.size();
    text.remove_prefix(size);
  }
  return result.append(kEnd);
}

std::string header_text(std::string_view text) {
  const std::string one_line = visible(text);
  const bool plain = one_line.size() <= kLongestPlainLine &&
                     one_line.find("=?") == std::string::npos &&
                     std::all_of(one_line.begin(), one_line.end(), is_plain);
  return plain ? one_line : encoded_words(one_line);
}

std::string mail_date(Instant instant) {
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(instant - day));
  return fmt::format(
      "{}, {} {} {} {:02}:{:02}:{:02} +0000", kDays[std::chrono::weekday(day).c_encoding()],
      static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
      static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
      time.seconds().count());
}

bool may_stay_as_it_is(std::string_view text) {
  for (const std::string_view line : split(text, '\n')) {
    if (line.size() > kLongestPlainLine || !std::all_of(line.begin(), line.end(), is_plain))
      return false;
  }
  return true;
}

// Quoted-printable, RFC 2045, 6.7.
std::string quoted_line(std::string_view line) {
  std::string result;
  std::size_t length = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool last_blank = i + 1 == line.size() && (line[i] == ' ' || line[i] == '\t');
    const bool literal = is_plain(line[i]) && line[i] != '=' && !last_blank;
    const std::string character = literal ? std::string(1, line[i]) : hex(line[i]);
    if (length + character.size() > kLongestEncodedLine - 1) {
      result += "=\n";
      length = 0;
    }
    result += character;
    length += character.size();
  }
  return result;
}

std::string quoted_printable(std::string_view text) {
  std::string result;
  result.reserve(text.size() + text.size() / 8);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    result.append(quoted_line(text.substr(0, end)));
    if (end < text.size()) result += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

}  // namespace

std::string format_mail(const MailHead& head, std::string_view text) {
  const bool plain = may_stay_as_it_is(text);
  return fmt::format(
      "From: {}\nTo: {}\nSubject: {}\nDate: {}\nMessage-ID: <{}>\nAuto-Submitted: auto-generated\n"
      "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
      "Content-Transfer-Encoding: {}\n\n{}",
      visible(head.from), visible(head.to), header_text(head.subject), mail_date(head.date),
      visible(head.message_id), plain ? "7bit" : "quoted-printable",
      plain ? std::string(text) : quoted_printable(text));
}

}  // namespace dsched
