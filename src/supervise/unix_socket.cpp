#include "supervise/unix_socket.h"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace dsched {

namespace {

// sun_path holds 107 bytes: a longer path is reached through a descriptor of its directory.
class Address {
 public:
  explicit Address(const std::string& path) {
    address_.sun_family = AF_UNIX;
    std::string name = path;
    if (name.size() >= sizeof address_.sun_path) {
      const std::filesystem::path whole(path);
      directory_ =
          Descriptor(::open(whole.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
      name = fmt::format("/proc/self/fd/{}/{}", directory_.get(), whole.filename().string());
    }
    fits_ = name.size() < sizeof address_.sun_path;
    if (fits_) std::memcpy(address_.sun_path, name.c_str(), name.size() + 1);
  }

  bool fits() const { return fits_; }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }
  socklen_t size() const { return sizeof address_; }

 private:
  sockaddr_un address_{};
  Descriptor directory_;
  bool fits_ = false;
};

Descriptor new_socket() {
  return Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

}  // namespace

Result<Descriptor> listen_at(const std::string& path) {
  const Address address(path);
  if (!address.fits()) return system_error(path, ENAMETOOLONG);
  Descriptor socket = new_socket();
  if (!socket) return system_error(path, errno);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_error(path, errno);
  // The socket takes its mode along to its name: there is no moment at which others could connect.
  if (::fchmod(socket.get(), 0600) != 0 ||
      ::bind(socket.get(), address.get(), address.size()) != 0 || ::listen(socket.get(), 16) != 0)
    return system_error(path, errno);
  return socket;
}

Result<Descriptor> connect_to(const std::string& path) {
  const Address address(path);
  if (!address.fits()) return system_error(path, ENAMETOOLONG);
  Descriptor socket = new_socket();
  if (!socket) return system_error(path, errno);
  if (::connect(socket.get(), address.get(), address.size()) == 0) return socket;
  const int error = errno;
  Error failed = system_error(path, error);
  if (error == ENOENT || error == ECONNREFUSED || error == EAGAIN)
    failed.code = ErrorCode::unavailable;
  return failed;
}

Result<Peer> peer_of(int socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
    return system_error("peer credentials", errno);
  return Peer{credentials.pid, credentials.uid};
}

}  // namespace dsched
