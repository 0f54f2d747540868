#include "history/open.h"

#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "history/schema.h"

namespace dsched {

namespace {

// Longer than any transaction or checkpoint takes on a slow disk.
constexpr std::chrono::seconds kBusyTimeout{5};
constexpr std::uint64_t kQuickCheckMaxBytes = 64 << 20;

// Nothing when there is no such file.
Result<std::optional<std::uint64_t>> file_size(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0)
    return std::optional(static_cast<std::uint64_t>(status.st_size));
  if (errno == ENOENT) return std::optional<std::uint64_t>();
  return system_error("history " + path, errno);
}

// SQLite tries again without writing before it gives up, and then tells of the second failure only.
Result<void> check_permissions(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const auto check = [&](const std::string& name, int mode) -> Result<void> {
    if (::faccessat(AT_FDCWD, name.c_str(), mode, AT_EACCESS) == 0) return {};
    Error error = system_error(fmt::format("cannot write history {}: {}", path, name), errno);
    error.hint =
        "give dsched the right to write there, or use another state directory with --state DIR";
    return error;
  };
  DSCHED_TRY(check(directory, W_OK | X_OK));
  DSCHED_TRY_ASSIGN(const std::optional<std::uint64_t> size, file_size(path));
  return size ? check(path, R_OK | W_OK) : Result<void>();
}

Result<bool> was_left_open(const std::string& path) {
  DSCHED_TRY_ASSIGN(const std::optional<std::uint64_t> wal_size, file_size(path + "-wal"));
  return wal_size.value_or(0) > 0;
}

Result<void> check_pages(Connection& connection) {
  DSCHED_TRY_ASSIGN(const std::string answer, connection.text("PRAGMA quick_check(1)"));
  if (answer == "ok") return {};
  return Error{ErrorCode::corrupt,
               fmt::format("history {} is damaged: {}", connection.path(), answer),
               "move it away to start a new history, or restore it from a backup"};
}

Result<void> use_wal(Connection& connection) {
  DSCHED_TRY_ASSIGN(const std::string mode, connection.text("PRAGMA journal_mode = WAL"));
  if (mode == "wal") return {};
  return Error{ErrorCode::unsupported,
               fmt::format("history {}: its file system does not allow a write-ahead log",
                           connection.path()),
               "use a state directory on a local file system with --state DIR"};
}

Error no_history_yet(const std::string& path) {
  return {ErrorCode::not_found, fmt::format("there is no history yet ({})", path), ""};
}

Result<Connection> connect_for_reading(const std::string& path, OpenMode mode) {
  DSCHED_TRY_ASSIGN(Connection connection, Connection::open(path, mode, kBusyTimeout));
  DSCHED_TRY(connection.execute("PRAGMA trusted_schema = OFF; PRAGMA cache_size = -16384"));
  DSCHED_TRY_ASSIGN(const std::int64_t version, check_schema(connection));
  const auto known = static_cast<std::int64_t>(history_schema().size());
  if (version == 0) return no_history_yet(path);
  if (version < known) {
    return Error{ErrorCode::unsupported,
                 fmt::format("history {} has schema version {}, this dsched reads version {}", path,
                             version, known),
                 "start the daemon of this dsched once: it brings the file up to date"};
  }
  return connection;
}

}  // namespace

Result<Connection> open_for_writing(const std::string& path) {
  DSCHED_TRY(check_permissions(path));
  DSCHED_TRY(check_file_header(path));
  DSCHED_TRY_ASSIGN(const bool left_open, was_left_open(path));
  DSCHED_TRY_ASSIGN(Connection connection, Connection::open(path, OpenMode::create, kBusyTimeout));
  // Until the file has passed all checks nothing is written to it, not even what is waiting in its
  // WAL.
  connection.set_checkpoint_on_close(false);
  DSCHED_TRY(connection.execute(
      "PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;"
      "PRAGMA cache_size = -16384; PRAGMA journal_size_limit = 16777216"));
  DSCHED_TRY(check_schema(connection));
  DSCHED_TRY_ASSIGN(const std::optional<std::uint64_t> size, file_size(path));
  if (left_open && size.value_or(0) <= kQuickCheckMaxBytes) DSCHED_TRY(check_pages(connection));
  // The schema comes before the WAL mode: so the header of the file always tells whose it is.
  DSCHED_TRY(migrate(connection, history_schema()));
  DSCHED_TRY(use_wal(connection));
  connection.keep_wal_file();
  connection.set_checkpoint_on_close(true);
  return connection;
}

Result<Connection> open_for_reading(const std::string& path) {
  DSCHED_TRY_ASSIGN(const std::optional<std::uint64_t> size, file_size(path));
  if (size.value_or(0) == 0) return no_history_yet(path);
  DSCHED_TRY(check_file_header(path));
  Result<Connection> connection = connect_for_reading(path, OpenMode::read_only);
  if (connection || connection.error().code == ErrorCode::corrupt) return connection;
  // Without a WAL nobody writes, and what is in the file is all: a copy on a read-only medium needs
  // no WAL index.
  DSCHED_TRY_ASSIGN(const std::optional<std::uint64_t> wal_size, file_size(path + "-wal"));
  if (wal_size) return connection;
  return connect_for_reading(path, OpenMode::immutable);
}

}  // namespace dsched
