#include "env/real/posix_courier.h"

#include <fstream>
#include <functional>
#include <future>
#include <sstream>
#include <thread>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/temp_dir.h"

using namespace dsched;
using namespace std::chrono_literals;

namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_script(const std::string& path, const std::string& text) {
  std::ofstream(path) << "#!/bin/sh\n" << text;
  DSCHED_CHECK(::chmod(path.c_str(), 0755) == 0);
}

// One connection of a client, as its server sees it.
class Peer {
 public:
  explicit Peer(int fd) : fd_(fd) {}
  ~Peer() { ::close(fd_); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  void say(const std::string& text) {
    DSCHED_CHECK(::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) ==
                 static_cast<ssize_t>(text.size()));
  }
  // Reads on until the end is there; empty when the client left before.
  std::string hear(const std::string& end) {
    return take([&] { return heard_.find(end); }, end.size());
  }
  std::string hear_bytes(std::size_t count) {
    return take([&] { return heard_.size() >= count ? count : std::string::npos; }, 0);
  }

 private:
  std::string take(const std::function<std::size_t()>& find, std::size_t more) {
    char bytes[4096];
    for (std::size_t at = find();; at = find()) {
      if (at != std::string::npos) {
        const std::string text = heard_.substr(0, at + more);
        heard_.erase(0, at + more);
        return text;
      }
      const ssize_t got = ::recv(fd_, bytes, sizeof bytes, 0);
      if (got <= 0) return "";
      heard_.append(bytes, static_cast<std::size_t>(got));
    }
  }

  int fd_;
  std::string heard_;
};

// Serves one connection after another on a port of the loopback.
class Server {
 public:
  explicit Server(std::function<void(Peer&)> serve) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    DSCHED_CHECK(::bind(fd_, generic, size) == 0 && ::listen(fd_, 4) == 0);
    DSCHED_CHECK(::getsockname(fd_, generic, &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, serve = std::move(serve)] {
      for (int client = 0; (client = ::accept(fd_, nullptr, nullptr)) >= 0;) {
        Peer peer(client);
        serve(peer);
      }
    });
  }
  ~Server() {
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::string url(const std::string& scheme, const std::string& path = "") const {
    return scheme + "://127.0.0.1:" + std::to_string(port_) + path;
  }

 private:
  int fd_;
  int port_ = 0;
  std::thread thread_;
};

struct Request {
  std::string head, body;
};

Request read_request(Peer& peer) {
  Request request;
  request.head = peer.hear("\r\n\r\n");
  const std::size_t at = request.head.find("Content-Length: ");
  if (at != std::string::npos)
    request.body = peer.hear_bytes(std::stoul(request.head.substr(at + 16)));
  return request;
}

std::string response(const std::string& status, const std::string& more = "") {
  return "HTTP/1.1 " + status + "\r\n" + more +
         "Content-Length: 4\r\nConnection: close\r\n\r\nwell";
}

CourierOptions quick() {
  CourierOptions options;
  options.environment = {"PATH=/usr/bin:/bin", "HOME=/nowhere"};
  options.network_timeout = 10s;
  options.program_timeout = 10s;
  return options;
}

// Plays an SMTP server; `refused` is the command that it refuses, and with what.
struct Mailbox {
  std::string refused, with;
  std::vector<std::string> commands;
  std::string message;

  void serve(Peer& peer) {
    peer.say("220 test\r\n");
    for (std::string line; !(line = peer.hear("\r\n")).empty();) {
      commands.push_back(line.substr(0, line.size() - 2));
      if (!refused.empty() && line.starts_with(refused)) {
        peer.say(with + "\r\n");
      } else if (line.starts_with("DATA")) {
        peer.say("354 go on\r\n");
        message = peer.hear("\r\n.\r\n");
        peer.say("250 taken\r\n");
      } else {
        peer.say(line.starts_with("QUIT") ? "221 bye\r\n" : "250 ok\r\n");
      }
    }
  }
};

}  // namespace

TEST_CASE("sendmail gets the whole message, its sender, and a clean environment") {
  const TempDir directory;
  write_script(directory.file("sendmail"), "echo \"$@\" > " + directory.file("words") + "; cat > " +
                                               directory.file("message") + "; env > " +
                                               directory.file("environment") + "\n");
  CourierOptions options = quick();
  options.mailers = {directory.file("missing"), directory.file("sendmail")};
  const auto courier = make_posix_courier(options);
  const std::string message = "To: b\n\n" + std::string(1 << 20, 'x') + "\n.\nend\n";
  const Receipt receipt = courier->deliver(Mail{"sendmail", "a@web1", "b", message});
  CHECK(receipt.error == "");
  CHECK(receipt.kind == Receipt::Kind::delivered);
  CHECK(read_file(directory.file("words")) == "-t -oi -f a@web1\n");
  CHECK(read_file(directory.file("message")) == message);
  const std::string environment = read_file(directory.file("environment"));
  CHECK(environment.find("HOME=/nowhere\n") != std::string::npos);
  CHECK(environment.find("USER=") == std::string::npos);
}

TEST_CASE("a sendmail that fails is tried again, and what it said is the error") {
  const TempDir directory;
  write_script(directory.file("sendmail"), "echo 'no such\trelay' >&2; exit 75\n");
  CourierOptions options = quick();
  options.mailers = {directory.file("sendmail")};
  const auto courier = make_posix_courier(options);
  const Receipt receipt = courier->deliver(Mail{"sendmail", "a", "b", "text"});
  CHECK(receipt.kind == Receipt::Kind::try_again);
  CHECK(receipt.error == "sendmail ended with exit 75: no such\\trelay");
}

TEST_CASE("without sendmail the error says where it was looked for") {
  CourierOptions options = quick();
  options.mailers = {"/nowhere/sendmail"};
  const Receipt receipt = make_posix_courier(options)->deliver(Mail{"sendmail", "a", "b", "text"});
  CHECK(receipt.kind == Receipt::Kind::try_again);
  CHECK(receipt.error.find("/nowhere/sendmail") != std::string::npos);
}

TEST_CASE("a command gets the variables and the text") {
  const TempDir directory;
  const auto courier = make_posix_courier(quick());
  const CommandCall call{"{ pwd; echo \"$DSCHED_ALERT_JOB\"; cat; } > " + directory.file("out"),
                         {{"DSCHED_ALERT_JOB", "a b\"c"}},
                         "text\n"};
  CHECK(courier->deliver(call).kind == Receipt::Kind::delivered);
  CHECK(read_file(directory.file("out")) == "/\na b\"c\ntext\n");
}

TEST_CASE("a command that does not read its input, or leaves children behind, is no trouble") {
  const auto courier = make_posix_courier(quick());
  const std::string text(1 << 20, 'x');
  CHECK(courier->deliver(CommandCall{"true", {}, text}).kind == Receipt::Kind::delivered);
  CHECK(courier->deliver(CommandCall{"sleep 5 &", {}, text}).kind == Receipt::Kind::delivered);
}

TEST_CASE("a command that fails, is killed or cannot be found is tried again") {
  const auto courier = make_posix_courier(quick());
  const char* rows[][2] = {{"exit 3", "the command ended with exit 3"},
                           {"kill -KILL $$", "the command ended with exit 137"},
                           {"kill -KILL $PPID; sleep 5", "the command was killed"},
                           {"exec /nowhere/x 2>/dev/null", "the command ended with exit 127"}};
  for (const auto& [command, error] : rows) {
    CAPTURE(command);
    const Receipt receipt = courier->deliver(CommandCall{command, {}, ""});
    CHECK(receipt.kind == Receipt::Kind::try_again);
    CHECK(receipt.error.starts_with(error));
  }
}

TEST_CASE("a command that takes too long is killed with its children") {
  const TempDir directory;
  CourierOptions options = quick();
  options.program_timeout = 300ms;
  const std::string fifo = directory.file("fifo");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  // Whoever reads the other end of the pipe hears of the last child's end.
  const auto reader = std::async(std::launch::async, [&] { return read_file(fifo); });
  const Receipt receipt = make_posix_courier(options)->deliver(
      CommandCall{"exec 9> " + fifo + "; sleep 1000 & sleep 1000", {}, ""});
  CHECK(receipt.kind == Receipt::Kind::try_again);
  CHECK(receipt.error == "the command took too long");
  CHECK(reader.wait_for(10s) == std::future_status::ready);
}

TEST_CASE("stopping ends what is on its way, and nothing is delivered afterwards") {
  std::promise<void> asked;
  std::promise<void> leave;
  Server server([&](Peer& peer) {
    read_request(peer);
    asked.set_value();
    leave.get_future().wait();
  });
  const auto courier = make_posix_courier(quick());
  auto post = std::async(std::launch::async, [&] {
    return courier->deliver(WebPost{server.url("http"), "{}"});
  });
  auto command = std::async(std::launch::async, [&] {
    return courier->deliver(CommandCall{"sleep 1000", {}, ""});
  });
  asked.get_future().wait();
  courier->stop();
  CHECK(post.get().kind == Receipt::Kind::stopped);
  CHECK(command.get().kind == Receipt::Kind::stopped);
  CHECK(courier->deliver(CommandCall{"true", {}, ""}).kind == Receipt::Kind::stopped);
  leave.set_value();
}

TEST_CASE("a web address gets the JSON in a POST") {
  Request request;
  Server server([&](Peer& peer) {
    request = read_request(peer);
    peer.say(response("204 No Content"));
  });
  const std::string body = "{\"text\":\"" + std::string(100'000, 'x') + "\"}";
  const Receipt receipt =
      make_posix_courier(quick())->deliver(WebPost{server.url("http", "/hook?a=b"), body});
  CHECK(receipt.error == "");
  CHECK(receipt.kind == Receipt::Kind::delivered);
  CHECK(request.head.starts_with("POST /hook?a=b HTTP/1.1\r\n"));
  CHECK(request.head.find("Content-Type: application/json\r\n") != std::string::npos);
  CHECK(request.body == body);
}

TEST_CASE("what a web server answers decides whether it is tried again") {
  struct Row {
    std::string status;
    Receipt::Kind kind;
  };
  const Row rows[] = {
      {"200 OK", Receipt::Kind::delivered},      {"400 Bad", Receipt::Kind::refused},
      {"404 Not Found", Receipt::Kind::refused}, {"408 Slow", Receipt::Kind::try_again},
      {"429 Much", Receipt::Kind::try_again},    {"500 Oops", Receipt::Kind::try_again},
      {"503 Later", Receipt::Kind::try_again}};
  std::string status;
  Server server([&](Peer& peer) {
    read_request(peer);
    peer.say(response(status));
  });
  const auto courier = make_posix_courier(quick());
  for (const Row& row : rows) {
    status = row.status;
    CAPTURE(status);
    const Receipt receipt = courier->deliver(WebPost{server.url("http"), "{}"});
    CHECK(receipt.kind == row.kind);
    if (row.kind != Receipt::Kind::delivered)
      CHECK(receipt.error == "HTTP " + row.status.substr(0, 3) + ": well");
  }
}

TEST_CASE("a redirect is followed with the body, but to the web only") {
  std::string target;
  std::vector<Request> requests;
  Server server([&](Peer& peer) {
    requests.push_back(read_request(peer));
    const bool moved = requests.size() == 1;
    peer.say(moved ? response("302 Found", "Location: " + target + "\r\n") : response("200 OK"));
  });
  const auto courier = make_posix_courier(quick());
  target = "/new";
  CHECK(courier->deliver(WebPost{server.url("http"), "{}"}).kind == Receipt::Kind::delivered);
  REQUIRE(requests.size() == 2);
  CHECK(requests[1].head.starts_with("POST /new "));
  CHECK(requests[1].body == "{}");
  requests.clear();
  target = "file:///etc/passwd";
  CHECK(courier->deliver(WebPost{server.url("http"), "{}"}).kind == Receipt::Kind::refused);
}

TEST_CASE("a web server that is not there or says nothing is tried again") {
  std::string url;
  {
    const Server gone([](Peer&) {});
    url = gone.url("http");
  }
  CourierOptions options = quick();
  options.network_timeout = 300ms;
  const auto courier = make_posix_courier(options);
  CHECK(courier->deliver(WebPost{url, "{}"}).kind == Receipt::Kind::try_again);
  std::promise<void> leave;
  Server silent([&](Peer& peer) {
    read_request(peer);
    leave.get_future().wait();
  });
  const Receipt receipt = courier->deliver(WebPost{silent.url("http"), "{}"});
  CHECK(receipt.kind == Receipt::Kind::try_again);
  CHECK(receipt.error != "");
  leave.set_value();
}

TEST_CASE("an SMTP server gets sender, recipient and the message with network line ends") {
  Mailbox mailbox;
  {
    Server server([&](Peer& peer) { mailbox.serve(peer); });
    const Receipt receipt = make_posix_courier(quick())->deliver(
        Mail{server.url("smtp"), "a@web1", "b@example.org", "To: b\n\n.dot\nend\n"});
    CHECK(receipt.error == "");
    CHECK(receipt.kind == Receipt::Kind::delivered);
  }
  REQUIRE(mailbox.commands.size() >= 4);
  CHECK(mailbox.commands[1].starts_with("MAIL FROM:<a@web1>"));
  CHECK(mailbox.commands[2] == "RCPT TO:<b@example.org>");
  CHECK(mailbox.message == "To: b\r\n\r\n..dot\r\nend\r\n.\r\n");
}

TEST_CASE("an SMTP server that refuses for good is believed, others are tried again") {
  struct Row {
    std::string refused, with;
    Receipt::Kind kind;
  };
  const Row rows[] = {{"RCPT", "550 no such user", Receipt::Kind::refused},
                      {"RCPT", "450 greylisted", Receipt::Kind::try_again},
                      {"MAIL", "421 closing", Receipt::Kind::try_again}};
  for (const Row& row : rows) {
    CAPTURE(row.with);
    Mailbox mailbox{row.refused, row.with, {}, ""};
    Server server([&](Peer& peer) { mailbox.serve(peer); });
    const Receipt receipt =
        make_posix_courier(quick())->deliver(Mail{server.url("smtp"), "a", "b", "text\n"});
    CHECK(receipt.kind == row.kind);
    CHECK(receipt.error != "");
  }
}

TEST_CASE("a password is not sent to a server without encryption, and is in no error") {
  Mailbox mailbox;
  Server server([&](Peer& peer) { mailbox.serve(peer); });
  const std::string address = server.url("smtp");
  const std::string with_password = "smtp://user:secret@" + address.substr(7);
  const Receipt receipt =
      make_posix_courier(quick())->deliver(Mail{with_password, "a", "b", "text\n"});
  CHECK(receipt.kind == Receipt::Kind::try_again);
  CHECK(receipt.error != "");
  CHECK(receipt.error.find("secret") == std::string::npos);
}
