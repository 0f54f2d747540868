#pragma once
// A thin owner of SQLite handles: connection, statement, transaction. Errors become Error values
// that name the file. Connections are opened without SQLite's mutexes: a connection and its
// statements may be handed from thread to thread, but are used by one at a time.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/instant.h"
#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace dsched {

// One use of a prepared statement: bind in order, step, read columns in order. Belongs to its
// Connection and must not outlive it. The destructor makes the statement ready for the next use.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  // Each call binds the next parameter. Texts are copied. A failure shows at the next step().
  Statement& bind(std::int64_t value);
  Statement& bind(std::string_view value);
  Statement& bind_null();
  Statement& bind(Instant value) { return bind(to_unix_us(value)); }
  Statement& bind(Duration value) { return bind(std::int64_t{value.count()}); }
  Statement& bind(const std::optional<std::int64_t>& value) {
    return value ? bind(*value) : bind_null();
  }
  Statement& bind(const std::optional<Instant>& value) {
    return value ? bind(*value) : bind_null();
  }

  // True: a row can be read. False: there is none left.
  Result<bool> step();
  // For statements that answer nothing, or whose answer does not matter.
  Result<void> run();

  // Each call reads the next column of the row. NULL reads as 0 and "".
  std::int64_t next_integer();
  std::string next_text();
  std::optional<std::int64_t> next_optional_integer();
  bool next_flag() { return next_integer() != 0; }
  Instant next_instant() { return from_unix_us(next_integer()); }
  Duration next_duration() { return Duration{next_integer()}; }
  std::optional<Instant> next_optional_instant();

 private:
  friend class Connection;
  Statement(class Connection& connection, sqlite3_stmt* handle, bool owned);

  Connection* connection_;
  sqlite3_stmt* handle_;
  bool owned_;  // finalized at the end; else only reset, the connection keeps it
  int parameter_ = 0;
  int column_ = 0;
  int bind_failure_ = 0;
};

enum class OpenMode {
  create,     // read and write, made when missing
  read_only,  // may create the WAL index, never changes the database
  immutable,  // read only, no locks, no WAL: for a file that nobody can change
};

// Whether a connection of this process has the file open. Such a file must not be opened by other
// means: closing any descriptor of it drops the locks that SQLite holds on it (fcntl(2)).
bool has_connection(const std::string& path);

class Connection {
 public:
  static Result<Connection> open(const std::string& path, OpenMode mode,
                                 std::chrono::milliseconds busy_timeout);
  Connection(Connection&& other) noexcept;
  Connection& operator=(Connection&&) = delete;
  ~Connection();

  const std::string& path() const { return path_; }

  // A statement that is kept prepared. Requires: the same text is not in use.
  Result<Statement> statement(std::string_view sql);
  // A statement that is prepared for this one use.
  Result<Statement> prepare_once(std::string_view sql);
  // One or more statements without parameters; rows are dropped.
  Result<void> execute(const std::string& sql);
  // The first column of the first row.
  Result<std::int64_t> integer(std::string_view sql);
  Result<std::string> text(std::string_view sql);

  std::int64_t last_insert_rowid() const;
  // Rows that the last INSERT, UPDATE or DELETE changed.
  std::int64_t changes() const;
  bool in_transaction() const;

  // While off, closing leaves database and WAL as they are.
  void set_checkpoint_on_close(bool on);
  // Keeps the -wal and -shm files when the last connection closes.
  void keep_wal_file();

  // What SQLite complained about last, as an Error with the path.
  Error error(int code) const;

 private:
  Connection(std::string path, sqlite3* handle);
  Result<sqlite3_stmt*> prepare(std::string_view sql, unsigned flags);

  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  std::string path_;
  sqlite3* handle_;
  std::shared_ptr<const void> in_use_;  // as long as it lives the file has a connection
  std::unordered_map<std::string, sqlite3_stmt*, TextHash, std::equal_to<>> kept_;
};

// BEGIN ... COMMIT; rolls back when it was not committed.
class Transaction {
 public:
  // write: takes the write lock now, so that no later step can fail for want of it.
  static Result<Transaction> begin_write(Connection& connection);
  // A consistent view of the database over several statements.
  static Result<Transaction> begin_read(Connection& connection);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  Result<void> commit();

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}
  Connection* connection_;  // nullptr: over
};

}  // namespace dsched
