#include "daemon/control.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

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
void serve_while(const std::string& directory, ControlServer::Handler handler,
                 const std::function<void()>& client) {
  auto clock = make_posix_clock();
  auto loop = make_uv_loop(*clock);
  auto deadline = loop->at(clock->boot_now() + 20s, [&] { loop->stop(); });
  auto server = serve_control(directory, *loop, *clock, std::move(handler));
  REQUIRE(server);
  std::thread other([&] {
    client();
    loop->post([&] { loop->stop(); });
  });
  loop->run();
  other.join();
}

ReloadReport some_reload_report() {
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
  return report;
}

void answer_status(const ControlRequest&, std::uint32_t, const ControlServer::Reply& reply) {
  reply(encode_reply(DaemonStatus{42, "1.2.3", from_unix_us(1234567), 7, 2, true}));
}

template <class Request>
Request over_the_wire(const Request& request) {
  const auto decoded = decode_request(encode_request(request));
  REQUIRE(decoded);
  REQUIRE(std::holds_alternative<Request>(*decoded));
  return std::get<Request>(*decoded);
}

}  // namespace

TEST_CASE("status over the socket") {
  TempDir dir;
  serve_while(dir.path(), answer_status, [&] {
    const auto status = ask_status(dir.path());
    REQUIRE(status);
    CHECK(status->pid == 42);
    CHECK(status->version == "1.2.3");
    CHECK(status->started_at == from_unix_us(1234567));
    CHECK(status->jobs == 7);
    CHECK(status->draining);
  });
}

TEST_CASE("reload over the socket") {
  TempDir dir;
  const auto answer = [](const ControlRequest&, std::uint32_t, const ControlServer::Reply& reply) {
    reply(encode_reply(some_reload_report()));
  };
  serve_while(dir.path(), answer, [&] {
    const auto report = ask_reload(dir.path());
    REQUIRE(report);
    CHECK(report->added == std::vector<std::string>{"a"});
    CHECK(report->removed.size() == 2);
    REQUIRE(report->diagnostics.size() == 1);
    CHECK(report->diagnostics[0].code == "E201");
    CHECK(report->diagnostics[0].help.size() == 2);
  });
}

TEST_CASE("the server knows who asks, and takes definitions of many kilobytes") {
  TempDir dir;
  const auto echo = [](const ControlRequest& request, std::uint32_t uid,
                       const ControlServer::Reply& reply) {
    const auto& submit = std::get<SubmitRequest>(request);
    reply(encode_reply(SubmitReport{
        submit.name + " " + std::to_string(submit.definition.size()) + " " + std::to_string(uid),
        from_unix_us(5)}));
  };
  serve_while(dir.path(), echo, [&] {
    const auto report = ask_submit(dir.path(), {"one", std::string(500'000, 'x')});
    REQUIRE(report);
    CHECK(report->job == "one 500000 " + std::to_string(::geteuid()));
    CHECK(report->firing_at == from_unix_us(5));
  });
}

TEST_CASE("requests arrive as they were sent") {
  const auto trigger = over_the_wire(TriggerRequest{
      {"a", "b"}, {{"DAY", "mon"}, {"WHO", "\"me\""}}, {from_unix_us(1), from_unix_us(-2)}, true});
  CHECK(trigger.jobs == std::vector<std::string>{"a", "b"});
  CHECK(trigger.params == Values{{"DAY", "mon"}, {"WHO", "\"me\""}});
  CHECK(trigger.firings == std::vector<Instant>{from_unix_us(1), from_unix_us(-2)});
  CHECK(trigger.force);

  const auto stop = over_the_wire(StopRequest{"", "a", true});
  CHECK(stop.run_id.empty());
  CHECK(stop.job == "a");
  CHECK(stop.kill);

  const auto pause = over_the_wire(PauseRequest{{"a"}, from_unix_us(7), "why not", true});
  CHECK(pause.until == from_unix_us(7));
  CHECK(pause.reason == "why not");
  CHECK(pause.kill);
  CHECK_FALSE(over_the_wire(PauseRequest{}).until);

  CHECK(over_the_wire(ResumeRequest{{"a", "b"}}).jobs.size() == 2);
  CHECK(over_the_wire(ResolveRequest{"a"}).job == "a");
  CHECK(over_the_wire(SubmitRequest{"a", "command = 1\n"}).definition == "command = 1\n");
}

TEST_CASE("what a request leaves out has the meaning of the page") {
  const auto decoded = decode_request(R"({"request":"trigger","jobs":["a"]})");
  REQUIRE(decoded);
  const auto& trigger = std::get<TriggerRequest>(*decoded);
  CHECK(trigger.params.empty());
  CHECK(trigger.firings.empty());
  CHECK_FALSE(trigger.force);
}

TEST_CASE("requests of the wrong shape are refused") {
  for (const char* body :
       {R"({"request":"trigger","jobs":"a"})", R"({"request":"trigger","jobs":[1]})",
        R"({"request":"trigger","jobs":["a"],"params":{"K":1}})",
        R"({"request":"pause","until_us":"soon"})", R"({"request":"resolve"})",
        R"({"request":"submit","name":"a"})", R"({"request":7})", "7", "", "{"}) {
    CAPTURE(body);
    const auto decoded = decode_request(body);
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().code == ErrorCode::invalid);
  }
}

TEST_CASE("replies arrive as they were sent") {
  using State = TriggeredFiring::State;
  for (const State state : {State::started, State::waiting, State::skipped, State::refused}) {
    const std::vector<TriggeredFiring> sent = {
        {"a", from_unix_us(9), state, "RUN", Reason::pool_full, "pool heavy is full"}};
    const auto firings = decode_trigger(encode_reply(sent));
    REQUIRE(firings);
    REQUIRE(firings->size() == 1);
    CHECK(firings->front().job == "a");
    CHECK(firings->front().firing_at == from_unix_us(9));
    CHECK(firings->front().state == state);
    CHECK(firings->front().run_id == "RUN");
    CHECK(firings->front().reason == Reason::pool_full);
    CHECK(firings->front().detail == "pool heavy is full");
  }
  const auto stop = decode_stop(encode_reply(StopReport{{"r"}, 2}));
  REQUIRE(stop);
  CHECK(stop->stopping.size() == 1);
  CHECK(stop->taken_back == 2);
  const auto pause = decode_pause(encode_reply(PauseReport{{"a"}, from_unix_us(3), {"r"}}));
  REQUIRE(pause);
  CHECK(pause->jobs.size() == 1);
  CHECK(pause->until == from_unix_us(3));
  CHECK(pause->stopping.size() == 1);
  CHECK_FALSE(decode_pause(encode_reply(PauseReport{}))->until);
  const auto resume = decode_resume(encode_reply(ResumeReport{{"a"}, {"b", "c"}}));
  REQUIRE(resume);
  CHECK(resume->resumed.size() == 1);
  CHECK(resume->not_paused.size() == 2);
}

TEST_CASE("a run directory with a very long path works") {
  TempDir dir;
  const std::string longer = dir.file(std::string(100, 'x') + "/" + std::string(100, 'y'));
  std::filesystem::create_directories(longer);
  serve_while(longer, answer_status, [&] { CHECK(ask_status(longer)); });
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
  serve_while(dir.path(), answer_status, [&] {
    for (const std::string& bytes :
         {frame("{\"request\":\"dance\"}"), frame("[1,2"),
          frame(std::string(kMaxControlRequest + 1, ' ')),
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
