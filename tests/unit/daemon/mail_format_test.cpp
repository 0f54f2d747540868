#include "daemon/mail_format.h"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "base/text.h"

using namespace dsched;

namespace {

const Instant kToday{std::chrono::seconds{1795176000}};

std::string mail(const std::string& subject, const std::string& text) {
  return format_mail({"dsched@web1", "ana@example.org", subject, kToday, "dsched.1@web1"}, text);
}

std::string head_of(const std::string& message) {
  return message.substr(0, message.find("\n\n"));
}
std::string body_of(const std::string& message) {
  return message.substr(message.find("\n\n") + 2);
}

}  // namespace

TEST_CASE("a mail has all that its readers and other robots look for") {
  CHECK(mail("[dsched web1] a: failed", "text\n") ==
        "From: dsched@web1\nTo: ana@example.org\nSubject: [dsched web1] a: failed\n"
        "Date: Fri, 20 Nov 2026 12:00:00 +0000\nMessage-ID: <dsched.1@web1>\n"
        "Auto-Submitted: auto-generated\nMIME-Version: 1.0\n"
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 7bit\n\ntext\n");
}

TEST_CASE("line ends in a subject or an address add no header and no body") {
  const std::string message =
      format_mail({"a\nBcc: x@y", "b\r\nBcc: x@y", "s\n\nBcc: x@y", kToday, "i\nBcc: x@y"}, "text");
  CHECK(head_of(message).find("\nBcc") == std::string::npos);
  CHECK(head_of(message).find('\r') == std::string::npos);
  CHECK(split(head_of(message), '\n').size() == 9);
  CHECK(head_of(message).find("Subject: s\\n\\nBcc: x@y\n") != std::string::npos);
}

TEST_CASE("a subject beyond ASCII is encoded in words that cut no character") {
  CHECK(mail("Köln", "").find("Subject: =?utf-8?Q?K=C3=B6ln?=\n") != std::string::npos);
  std::string umlauts;
  for (int i = 0; i < 40; ++i) umlauts += "ö";
  const std::string head = head_of(mail(umlauts, ""));
  std::size_t words = 0;
  for (const std::string_view line : split(head, '\n')) {
    CHECK(line.size() <= 90);
    const std::size_t start = line.find("=?utf-8?Q?");
    if (start == std::string_view::npos) continue;
    ++words;
    CHECK(line.ends_with("=B6?="));
    CHECK(line.size() - start <= 75);
  }
  CHECK(words == 4);
}

TEST_CASE("a subject that looks encoded is encoded") {
  CHECK(mail("=?utf-8?Q?x?=", "").find("Subject: =?utf-8?Q?=3D=3Futf=2D8") != std::string::npos);
}

TEST_CASE("text beyond ASCII or with long lines is quoted, all else stays as it is") {
  struct Row {
    std::string text, body;
  };
  const Row rows[] = {
      {"plain\n\ttext\n", "plain\n\ttext\n"},
      {"", ""},
      {"größe = 1\n", "gr=C3=B6=C3=9Fe =3D 1\n"},
      {"ö \n", "=C3=B6=20\n"},
      {"ö\x1b[0m", "=C3=B6=1B[0m"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(body_of(mail("s", row.text)) == row.body);
  }
}

TEST_CASE("no line of a mail is too long, and joined again they are the text") {
  const std::string text = std::string(5000, 'x') + "=\n" + std::string(100, '=') + "\nö\n";
  const std::string body = body_of(mail("s", text));
  std::string joined;
  for (const std::string_view line : split(body, '\n')) {
    CHECK(line.size() <= 76);
    joined += line.ends_with('=') && line.size() > 70 ? std::string(line.substr(0, line.size() - 1))
                                                      : std::string(line) + "\n";
  }
  std::string decoded;
  for (std::size_t i = 0; i < joined.size(); ++i) {
    if (joined[i] != '=') {
      decoded += joined[i];
      continue;
    }
    decoded += static_cast<char>(std::stoi(joined.substr(i + 1, 2), nullptr, 16));
    i += 2;
  }
  CHECK(decoded == text + "\n");
}
