#include "daemon/control.h"

#include <filesystem>
#include <thread>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "base/wire.h"
#include "daemon/control_codec.h"
#include "daemon/control_server.h"
#include "env/real/posix_clock.h"
#include "env/real/uv_loop.h"
#include "supervise/unix_socket.h"
#include "support/temp_dir.h"

using namespace dsched;
using namespace std::chrono_literals;

namespace {

// A server in this thread's loop while `client` runs on another.
void serve_while(const std::string& directory, const std::function<void()>& client) {
  auto clock = make_posix_clock();
  auto loop = make_uv_loop(*clock);
  auto deadline = loop->at(clock->boot_now() + 20s, [&] { loop->stop(); });
  auto server = serve_control(
      directory, *loop, *clock, [](ControlRequest request, ControlServer::Reply reply) {
        if (request == ControlRequest::status) {
          reply(encode_reply(DaemonStatus{42, "1.2.3", from_unix_us(1234567), 7, 2, true}));
        } else {
          ReloadReport report;
          report.jobs = 3;
          report.added = {"a"};
          report.removed = {"b", "c"};
          Diagnostic diagnostic;
          diagnostic.code = "E201";
          diagnostic.message = "odd bytes \xff here";
          diagnostic.line = 3;
          diagnostic.help = {"one", "two"};
          report.diagnostics = {diagnostic};
          reply(encode_reply(report));
        }
      });
  REQUIRE(server);
  std::thread other([&] {
    client();
    loop->post([&] { loop->stop(); });
  });
  loop->run();
  other.join();
}

}  // namespace

TEST_CASE("status and reload over the socket") {
  TempDir dir;
  serve_while(dir.path(), [&] {
    const auto status = ask_status(dir.path());
    REQUIRE(status);
    CHECK(status->pid == 42);
    CHECK(status->version == "1.2.3");
    CHECK(status->started_at == from_unix_us(1234567));
    CHECK(status->jobs == 7);
    CHECK(status->draining);
    const auto report = ask_reload(dir.path());
    REQUIRE(report);
    CHECK(report->added == std::vector<std::string>{"a"});
    CHECK(report->removed.size() == 2);
    REQUIRE(report->diagnostics.size() == 1);
    CHECK(report->diagnostics[0].code == "E201");
    CHECK(report->diagnostics[0].help.size() == 2);
  });
}

TEST_CASE("a run directory with a very long path works") {
  TempDir dir;
  const std::string longer = dir.file(std::string(100, 'x') + "/" + std::string(100, 'y'));
  std::filesystem::create_directories(longer);
  serve_while(longer, [&] { CHECK(ask_status(longer)); });
}

TEST_CASE("no daemon is unavailable, also when a dead one left its socket") {
  TempDir dir;
  CHECK(ask_status(dir.path()).error().code == ErrorCode::unavailable);
  CHECK(ask_status(dir.file("none")).error().code == ErrorCode::unavailable);
  REQUIRE(listen_at(control_socket_path(dir.path())));
  CHECK(ask_reload(dir.path()).error().message == "no daemon is running");
}

TEST_CASE("damaged and unknown requests are answered with an error or closed, and harm nobody") {
  TempDir dir;
  serve_while(dir.path(), [&] {
    for (const std::string& bytes :
         {frame("{\"request\":\"dance\"}"), frame("[1,2"), frame(std::string(5000, ' ')),
          std::string("\xff\xff\xff\xff\xff\xff\xff\xff"), std::string()}) {
      const auto socket = connect_to(control_socket_path(dir.path()));
      REQUIRE(socket);
      ::fcntl(socket->get(), F_SETFL, 0);
      ::send(socket->get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      ::shutdown(socket->get(), SHUT_WR);
      char buffer[4096];
      while (::recv(socket->get(), buffer, sizeof buffer, 0) > 0) {
      }
    }
    CHECK(ask_status(dir.path()));
  });
}

TEST_CASE("errors travel with their code, message and hint") {
  const auto decoded = decode_status(encode_reply(Error{ErrorCode::denied, "no", "ask root"}));
  REQUIRE_FALSE(decoded);
  CHECK(decoded.error().code == ErrorCode::denied);
  CHECK(decoded.error().message == "no");
  CHECK(decoded.error().hint == "ask root");
  CHECK_FALSE(decode_status("{}"));
  CHECK_FALSE(decode_status("nonsense"));
  CHECK_FALSE(decode_reload("{\"ok\":true,\"jobs\":\"many\"}"));
}
