#include "env/real/curl_transfer.h"

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/check.h"
#include "base/text.h"
#include "env/real/curl_library.h"

namespace dsched {

namespace {

constexpr long kConnectTimeout_s = 10;
constexpr long kMostRedirects = 3;
constexpr std::size_t kMostAnswerBytes = 300;

// A list of texts as libcurl takes it.
class TextList {
 public:
  TextList(const CurlLibrary& library, std::initializer_list<const char*> texts)
      : library_(library) {
    for (const char* text : texts) {
      list_ = library_.slist_append(list_, text);
      DSCHED_CHECK(list_ != nullptr);
    }
  }
  ~TextList() { library_.slist_free_all(list_); }
  TextList(const TextList&) = delete;
  TextList& operator=(const TextList&) = delete;

  curl_slist* get() const { return list_; }

 private:
  const CurlLibrary& library_;
  curl_slist* list_ = nullptr;
};

// One use of libcurl. Arguments of set() must outlive run(); strings are copied by libcurl.
class Transfer {
 public:
  Transfer(const CurlLibrary& library, const std::string& url, Duration timeout,
           const StopFlag& stop)
      : library_(library), stop_(stop), curl_(library.easy_init()) {
    DSCHED_CHECK(curl_ != nullptr);
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_TIMEOUT_MS,
        static_cast<long>(std::chrono::ceil<std::chrono::milliseconds>(timeout).count()));
    set(CURLOPT_CONNECTTIMEOUT, kConnectTimeout_s);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_ERRORBUFFER, error_);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &look_at_stop);
    set(CURLOPT_XFERINFODATA, this);
    set(CURLOPT_WRITEFUNCTION, &keep_answer);
    set(CURLOPT_WRITEDATA, this);
  }

  ~Transfer() { library_.easy_cleanup(curl_); }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  template <class Value>
  void set(CURLoption option, Value value) {
    DSCHED_CHECK(library_.easy_setopt(curl_, option, value) == CURLE_OK);
  }

  CURLcode run() { return library_.easy_perform(curl_); }

  // The last code of the server; 0: it said nothing.
  long response_code() const {
    long code = 0;
    library_.easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &code);
    return code;
  }
  std::string answer() const { return visible(trim(answer_)); }
  std::string error(CURLcode fault) const {
    return visible(error_[0] != '\0' ? error_ : library_.easy_strerror(fault));
  }

 private:
  static int look_at_stop(void* transfer, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Transfer*>(transfer)->stop_.is_set() ? 1 : 0;
  }

  static std::size_t keep_answer(char* bytes, std::size_t, std::size_t count, void* transfer) {
    std::string& answer = static_cast<Transfer*>(transfer)->answer_;
    answer.append(bytes, std::min(count, kMostAnswerBytes - answer.size()));
    return count;
  }

  const CurlLibrary& library_;
  const StopFlag& stop_;
  CURL* curl_;
  char error_[CURL_ERROR_SIZE] = {};
  std::string answer_;
};

Receipt not_loaded(const Error& error) {
  return {Receipt::Kind::try_again, error.message};
}

bool never_works(CURLcode fault) {
  return fault == CURLE_UNSUPPORTED_PROTOCOL || fault == CURLE_URL_MALFORMAT ||
         fault == CURLE_TOO_MANY_REDIRECTS;
}

Receipt failed(const Transfer& transfer, CURLcode fault) {
  if (fault == CURLE_ABORTED_BY_CALLBACK) return {Receipt::Kind::stopped, "dsched was stopped"};
  return {never_works(fault) ? Receipt::Kind::refused : Receipt::Kind::try_again,
          transfer.error(fault)};
}

std::string with_network_line_ends(std::string_view text) {
  std::string result;
  result.reserve(text.size() + text.size() / 32);
  for (const char c : text) {
    if (c == '\n') result += '\r';
    result += c;
  }
  return result;
}

std::size_t read_text(char* buffer, std::size_t size, std::size_t count, void* rest) {
  std::string_view& text = *static_cast<std::string_view*>(rest);
  const std::size_t taken = std::min(size * count, text.size());
  std::memcpy(buffer, text.data(), taken);
  text.remove_prefix(taken);
  return taken;
}

void set_encryption(Transfer& transfer, const std::string& server) {
  const bool has_password = server.find('@') != std::string::npos;
  const bool demanded = has_password || server.starts_with("smtps://");
  transfer.set(CURLOPT_USE_SSL, static_cast<long>(demanded ? CURLUSESSL_ALL : CURLUSESSL_TRY));
  // Mail servers on port 25 have certificates that nobody has signed; unencrypted would be no
  // safer.
  if (demanded) return;
  transfer.set(CURLOPT_SSL_VERIFYPEER, 0L);
  transfer.set(CURLOPT_SSL_VERIFYHOST, 0L);
}

}  // namespace

Receipt post_json(const WebPost& post, Duration timeout, const StopFlag& stop) {
  const auto& library = curl_library();
  if (!library) return not_loaded(library.error());
  Transfer transfer(*library, post.url, timeout, stop);
  const TextList headers(*library,
                         {"Content-Type: application/json", "User-Agent: dsched", "Expect:"});
  transfer.set(CURLOPT_HTTPHEADER, headers.get());
  transfer.set(CURLOPT_PROTOCOLS_STR, "http,https");
  transfer.set(CURLOPT_REDIR_PROTOCOLS_STR,
               post.url.starts_with("https://") ? "https" : "http,https");
  transfer.set(CURLOPT_FOLLOWLOCATION, 1L);
  transfer.set(CURLOPT_MAXREDIRS, kMostRedirects);
  transfer.set(CURLOPT_POSTREDIR, static_cast<long>(CURL_REDIR_POST_ALL));
  transfer.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(post.body.size()));
  transfer.set(CURLOPT_POSTFIELDS, post.body.data());
  if (const CURLcode fault = transfer.run(); fault != CURLE_OK) return failed(transfer, fault);
  const long code = transfer.response_code();
  if (code >= 200 && code < 300) return {};
  const std::string answer = transfer.answer();
  const bool may_pass = code == 408 || code == 429 || code >= 500;
  return {may_pass ? Receipt::Kind::try_again : Receipt::Kind::refused,
          fmt::format("HTTP {}{}{}", code, answer.empty() ? "" : ": ", answer)};
}

Receipt send_by_smtp(const Mail& mail, Duration timeout, const StopFlag& stop) {
  const auto& library = curl_library();
  if (!library) return not_loaded(library.error());
  Transfer transfer(*library, mail.transport, timeout, stop);
  transfer.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set_encryption(transfer, mail.transport);
  const std::string from = "<" + mail.from + ">";
  const std::string to = "<" + mail.to + ">";
  const TextList recipients(*library, {to.c_str()});
  const std::string message = with_network_line_ends(mail.message);
  std::string_view rest = message;
  transfer.set(CURLOPT_MAIL_FROM, from.c_str());
  transfer.set(CURLOPT_MAIL_RCPT, recipients.get());
  transfer.set(CURLOPT_READFUNCTION, &read_text);
  transfer.set(CURLOPT_READDATA, &rest);
  transfer.set(CURLOPT_UPLOAD, 1L);
  const CURLcode fault = transfer.run();
  if (fault == CURLE_OK) return {};
  // A wrong password can be put right; a mailbox that is not there cannot.
  const long code = transfer.response_code();
  if (code >= 550 && code < 560) return {Receipt::Kind::refused, transfer.error(fault)};
  return failed(transfer, fault);
}

}  // namespace dsched
