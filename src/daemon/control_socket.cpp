#include "daemon/control_socket.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace dsched {

namespace {

// The address of a socket file in an open directory, however long the directory's path is.
sockaddr_un address_in(int directory_fd, const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = "/proc/self/fd/" + std::to_string(directory_fd) + "/" + name;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return address;
}

struct Place {
  int directory_fd;
  std::string name;
};

Result<Place> open_place(const std::string& socket_path) {
  const auto slash = socket_path.rfind('/');
  const std::string directory = socket_path.substr(0, slash);
  const int fd = ::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return system_error("cannot open " + directory, errno);
  return Place{fd, socket_path.substr(slash + 1)};
}

}  // namespace

std::string control_socket_path(const std::string& run_directory) {
  return run_directory + "/control.sock";
}

Result<int> listen_on(const std::string& socket_path, std::uint32_t mode) {
  DSCHED_TRY_ASSIGN(const Place place, open_place(socket_path));
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  ::unlinkat(place.directory_fd, place.name.c_str(), 0);
  const sockaddr_un address = address_in(place.directory_fd, place.name);
  const bool listening =
      ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::fchmodat(place.directory_fd, place.name.c_str(), mode, 0) == 0 && ::listen(fd, 64) == 0;
  const int error = errno;
  ::close(place.directory_fd);
  if (listening) return fd;
  ::close(fd);
  return system_error("cannot listen on " + socket_path, error);
}

Result<int> connect_to(const std::string& socket_path) {
  auto place = open_place(socket_path);
  if (!place && place.error().code == ErrorCode::not_found) {
    return Error{ErrorCode::unavailable, "no daemon is running", ""};
  }
  if (!place) return place.error();
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = address_in(place->directory_fd, place->name);
  const bool connected =
      ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const int error = errno;
  ::close(place->directory_fd);
  if (connected) return fd;
  ::close(fd);
  if (error == ENOENT || error == ECONNREFUSED)
    return Error{ErrorCode::unavailable, "no daemon is running", ""};
  return system_error("cannot reach the daemon at " + socket_path, error);
}

}  // namespace dsched
