#include "history/sqlite.h"

#include <cerrno>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "base/check.h"

namespace dsched {

namespace {

int open_flags(OpenMode mode) {
  const int access =
      mode == OpenMode::create ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  return access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE;
}

// A path as the file: URI that SQLite reads options from. Only these characters mean something
// there.
std::string uri_of(const std::string& path, OpenMode mode) {
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      uri += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    } else {
      uri += c;
    }
  }
  return mode == OpenMode::immutable ? uri + "?immutable=1" : uri;
}

bool is_no_space(int errnum) {
  return errnum == ENOSPC || errnum == EDQUOT;
}

ErrorCode code_of(int sqlite_code, int errnum) {
  switch (sqlite_code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
      return ErrorCode::unavailable;
    case SQLITE_FULL:
      return ErrorCode::no_space;
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
      return ErrorCode::denied;
    case SQLITE_CANTOPEN:
      return errnum != 0 ? system_error("", errnum).code : ErrorCode::io;
    case SQLITE_IOERR:
      return is_no_space(errnum) ? ErrorCode::no_space : ErrorCode::io;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorCode::corrupt;
    default:
      return ErrorCode::internal;
  }
}

std::string_view hint_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::no_space:
      return "make room on its file system";
    case ErrorCode::denied:
      return "dsched must be able to write the file and its directory, or use another one with "
             "--state DIR";
    case ErrorCode::corrupt:
      return "move it away to start a new history, or restore it from a backup";
    case ErrorCode::unavailable:
      return "another process holds it; try again";
    default:
      return "";
  }
}

// A file by device and inode, however it is named.
using FileId = std::pair<dev_t, ino_t>;

struct FilesInUse {
  std::mutex mutex;
  std::multiset<FileId> files;
};

FilesInUse& files_in_use() {
  static FilesInUse in_use;
  return in_use;
}

std::optional<FileId> file_at(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return FileId(status.st_dev, status.st_ino);
}

std::shared_ptr<const void> mark_in_use(const std::string& path) {
  const auto file = file_at(path);
  if (!file) return nullptr;
  FilesInUse& in_use = files_in_use();
  const std::lock_guard lock(in_use.mutex);
  in_use.files.insert(*file);
  return {&in_use, [id = *file](const void*) {
            const std::lock_guard unmark(files_in_use().mutex);
            files_in_use().files.erase(files_in_use().files.find(id));
          }};
}

}  // namespace

Statement::Statement(Connection& connection, sqlite3_stmt* handle, bool owned)
    : connection_(&connection), handle_(handle), owned_(owned) {}

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_),
      handle_(std::exchange(other.handle_, nullptr)),
      owned_(other.owned_),
      parameter_(other.parameter_),
      column_(other.column_),
      bind_failure_(other.bind_failure_) {}

Statement::~Statement() {
  if (owned_) {
    sqlite3_finalize(handle_);
  } else if (handle_ != nullptr) {
    sqlite3_reset(handle_);
    sqlite3_clear_bindings(handle_);
  }
}

Statement& Statement::bind(std::int64_t value) {
  const int code = sqlite3_bind_int64(handle_, ++parameter_, value);
  if (bind_failure_ == SQLITE_OK) bind_failure_ = code;
  return *this;
}

Statement& Statement::bind(std::string_view value) {
  // An empty view may have no address, which SQLite would take for NULL.
  const char* const data = value.empty() ? "" : value.data();
  const int code =
      sqlite3_bind_text64(handle_, ++parameter_, data, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (bind_failure_ == SQLITE_OK) bind_failure_ = code;
  return *this;
}

Statement& Statement::bind_null() {
  const int code = sqlite3_bind_null(handle_, ++parameter_);
  if (bind_failure_ == SQLITE_OK) bind_failure_ = code;
  return *this;
}

Result<bool> Statement::step() {
  if (bind_failure_ != SQLITE_OK) return connection_->error(bind_failure_);
  column_ = 0;
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return connection_->error(code);
}

Result<void> Statement::run() {
  for (;;) {
    DSCHED_TRY_ASSIGN(const bool row, step());
    if (!row) return {};
  }
}

std::int64_t Statement::next_integer() {
  return sqlite3_column_int64(handle_, column_++);
}

std::string Statement::next_text() {
  const int column = column_++;
  const unsigned char* const text = sqlite3_column_text(handle_, column);
  if (text == nullptr) return "";
  return std::string(text, text + sqlite3_column_bytes(handle_, column));
}

std::optional<std::int64_t> Statement::next_optional_integer() {
  if (sqlite3_column_type(handle_, column_) == SQLITE_NULL) {
    ++column_;
    return std::nullopt;
  }
  return next_integer();
}

std::optional<Instant> Statement::next_optional_instant() {
  const std::optional<std::int64_t> us = next_optional_integer();
  if (!us) return std::nullopt;
  return from_unix_us(*us);
}

bool has_connection(const std::string& path) {
  const auto file = file_at(path);
  const std::lock_guard lock(files_in_use().mutex);
  return file && files_in_use().files.count(*file) != 0;
}

Result<Connection> Connection::open(const std::string& path, OpenMode mode,
                                    std::chrono::milliseconds busy_timeout) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(uri_of(path, mode).c_str(), &handle, open_flags(mode), nullptr);
  Connection connection(path, handle);
  if (code != SQLITE_OK) return connection.error(code);
  sqlite3_busy_timeout(handle, static_cast<int>(busy_timeout.count()));
  connection.in_use_ = mark_in_use(path);
  return connection;
}

Connection::Connection(std::string path, sqlite3* handle)
    : path_(std::move(path)), handle_(handle) {}

Connection::Connection(Connection&& other) noexcept
    : path_(std::move(other.path_)),
      handle_(std::exchange(other.handle_, nullptr)),
      in_use_(std::move(other.in_use_)),
      kept_(std::move(other.kept_)) {
  other.kept_.clear();
}

Connection::~Connection() {
  for (const auto& [sql, statement] : kept_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

Result<sqlite3_stmt*> Connection::prepare(std::string_view sql, unsigned flags) {
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), flags,
                                      &handle, nullptr);
  if (code != SQLITE_OK) return error(code);
  return handle;
}

Result<Statement> Connection::statement(std::string_view sql) {
  auto found = kept_.find(sql);
  if (found == kept_.end()) {
    DSCHED_TRY_ASSIGN(sqlite3_stmt* const handle, prepare(sql, SQLITE_PREPARE_PERSISTENT));
    found = kept_.emplace(sql, handle).first;
  }
  DSCHED_CHECK(sqlite3_stmt_busy(found->second) == 0);
  return Statement(*this, found->second, false);
}

Result<Statement> Connection::prepare_once(std::string_view sql) {
  DSCHED_TRY_ASSIGN(sqlite3_stmt* const handle, prepare(sql, 0));
  return Statement(*this, handle, true);
}

Result<void> Connection::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error(code);
  return {};
}

Result<std::int64_t> Connection::integer(std::string_view sql) {
  DSCHED_TRY_ASSIGN(Statement query, prepare_once(sql));
  DSCHED_TRY_ASSIGN(const bool row, query.step());
  return row ? query.next_integer() : 0;
}

Result<std::string> Connection::text(std::string_view sql) {
  DSCHED_TRY_ASSIGN(Statement query, prepare_once(sql));
  DSCHED_TRY_ASSIGN(const bool row, query.step());
  return row ? query.next_text() : std::string();
}

std::int64_t Connection::last_insert_rowid() const {
  return sqlite3_last_insert_rowid(handle_);
}
std::int64_t Connection::changes() const {
  return sqlite3_changes64(handle_);
}
bool Connection::in_transaction() const {
  return sqlite3_get_autocommit(handle_) == 0;
}

void Connection::set_checkpoint_on_close(bool on) {
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, on ? 0 : 1, nullptr);
}

void Connection::keep_wal_file() {
  int keep = 1;
  sqlite3_file_control(handle_, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
}

Error Connection::error(int code) const {
  if (handle_ == nullptr)
    return {ErrorCode::unavailable, "history " + path_ + ": out of memory", ""};
  const int errnum = sqlite3_system_errno(handle_);
  const int kind = code & 0xff;
  const bool from_system =
      errnum != 0 && (kind == SQLITE_CANTOPEN || kind == SQLITE_IOERR || kind == SQLITE_READONLY);
  const std::string reason =
      from_system ? system_error(sqlite3_errmsg(handle_), errnum).message : sqlite3_errmsg(handle_);
  const ErrorCode meaning = code_of(code, errnum);
  return {meaning, fmt::format("history {}: {}", path_, reason), std::string(hint_of(meaning))};
}

Result<Transaction> Transaction::begin_write(Connection& connection) {
  DSCHED_TRY_ASSIGN(Statement begin, connection.statement("BEGIN IMMEDIATE"));
  DSCHED_TRY(begin.run());
  return Transaction(connection);
}

Result<Transaction> Transaction::begin_read(Connection& connection) {
  DSCHED_TRY_ASSIGN(Statement begin, connection.statement("BEGIN"));
  DSCHED_TRY(begin.run());
  return Transaction(connection);
}

Transaction::Transaction(Transaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

Transaction::~Transaction() {
  // SQLite has rolled back by itself after some errors; a second ROLLBACK would only be an error.
  if (connection_ == nullptr || !connection_->in_transaction()) return;
  if (auto rollback = connection_->statement("ROLLBACK")) (void)rollback->run();
}

Result<void> Transaction::commit() {
  DSCHED_TRY_ASSIGN(Statement commit, connection_->statement("COMMIT"));
  DSCHED_TRY(commit.run());
  connection_ = nullptr;
  return {};
}

}  // namespace dsched
