#include "daemon/notify.h"

#include <cstddef>
#include <cstring>

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "support/temp_dir.h"

using namespace dsched;

namespace {

std::string received(const std::string& name, const std::string& message) {
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.data(), name.size());
  if (name.front() == '@') address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  REQUIRE(bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
  notify_service_manager(name, message);
  char buffer[256];
  const ssize_t got = recv(fd, buffer, sizeof buffer, 0);
  close(fd);
  return got < 0 ? "(nothing)" : std::string(buffer, static_cast<std::size_t>(got));
}

}  // namespace

TEST_CASE("the state reaches a socket file and an abstract socket") {
  TempDir dir;
  CHECK(received(dir.file("notify"), "READY=1") == "READY=1");
  CHECK(received("@dsched-test-" + std::to_string(getpid()), "STOPPING=1") == "STOPPING=1");
}
