#pragma once
// Hands a message over to somebody outside: by mail, to a web address, or to a command.

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace dsched {

struct Mail {
  std::string transport;  // "sendmail", or an SMTP server: "smtp://host:25", "smtps://host:465"
  std::string from;       // bare addresses
  std::string to;
  std::string message;  // RFC 5322; its lines end in "\n"
};

struct WebPost {
  std::string url;   // http or https
  std::string body;  // JSON
};

// Shell text, run with nothing in its environment but the basics and these variables.
struct CommandCall {
  std::string command;
  std::vector<std::pair<std::string, std::string>> variables;
  std::string input;  // its standard input
};

using Parcel = std::variant<Mail, WebPost, CommandCall>;

struct Receipt {
  enum class Kind {
    delivered,
    try_again,  // it may work later
    refused,    // it will never work
    stopped,    // by stop(); whether it arrived is not known
  };
  Kind kind = Kind::delivered;
  std::string error;  // for people, without addresses that hold secrets; empty when delivered
};

class Courier {
 public:
  virtual ~Courier() = default;
  // Waits until the message is handed over, a minute at most. For worker threads, several at once.
  virtual Receipt deliver(const Parcel& parcel) = 0;
  // From any thread: what is being delivered ends soon, and nothing is delivered any more.
  virtual void stop() = 0;
};

}  // namespace dsched
