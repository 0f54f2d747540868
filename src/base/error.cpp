#include "base/error.h"

#include <cerrno>
#include <system_error>

namespace dsched {
namespace {

ErrorCode code_of_errno(int errnum) {
  switch (errnum) {
    case ENOENT:
    case ENOTDIR:
    case ESRCH:
      return ErrorCode::not_found;
    case EEXIST:
      return ErrorCode::exists;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorCode::denied;
    case EAGAIN:
    case EBUSY:
    case ECONNREFUSED:
    case ECONNRESET:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return ErrorCode::unavailable;
    case ETIMEDOUT:
      return ErrorCode::timeout;
    case ENOSPC:
    case EDQUOT:
      return ErrorCode::no_space;
    case ENOSYS:
    case EOPNOTSUPP:
      return ErrorCode::unsupported;
    case ENAMETOOLONG:
    case ELOOP:
      return ErrorCode::invalid;
    default:
      return ErrorCode::io;
  }
}

}  // namespace

Error system_error(std::string_view what, int errnum) {
  return with_context({code_of_errno(errnum), std::generic_category().message(errnum), ""}, what);
}

}  // namespace dsched
