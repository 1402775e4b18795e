// How everything here fails; native/node turns it into a JavaScript Error with a `code`.
#pragma once

#include <stdexcept>
#include <string>

namespace luaskills::sqlite {

class Error : public std::runtime_error {
 public:
  // `code` is a constant: the name of an SQLite result code, or one of the words below.
  Error(const char* code, const std::string& message) : std::runtime_error(message), code_(code) {}

  [[nodiscard]] const char* code() const { return code_; }

  static constexpr const char* kParameter = "PARAMETER";                     // values that cannot be bound
  static constexpr const char* kMultipleStatements = "MULTIPLE_STATEMENTS";  // where one is expected
  static constexpr const char* kNoStatement = "NO_STATEMENT";                // only blanks and comments
  static constexpr const char* kReturnsRows = "RETURNS_ROWS";                // where none are expected
  static constexpr const char* kClosed = "CLOSED";                           // the connection is closed

 private:
  const char* code_;
};

// The name of a result code: `SQLITE_BUSY` for 5 and for every extended code of it.
const char* code_name(int result);

}  // namespace luaskills::sqlite
