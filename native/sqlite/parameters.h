// Binds JSON text to the parameters of a statement: element k to parameter k + 1, however the SQL spells it.
//
//   null                                   NULL
//   true, false                            INTEGER 1, 0
//   a number without fraction or exponent  INTEGER; an error beyond int64
//   any other number                       REAL
//   "text"                                 TEXT
//   {"kind": "null" | "bool" | "int64" | "float64" | "string", "value": …}
//   {"kind": "bytes", "base64": "…"} or {"kind": "bytes", "value": [0, 255, …]}   BLOB
//
// An empty object counts as an empty array, because a Lua table does not say which it is.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "json_pull.h"
#include "statement.h"

namespace luaskills::sqlite {

// The value of `params`: one array. Everything throws Error (PARAMETER).
class Parameters {
 public:
  // `json` is empty where there are none. It must outlive the statement's use of the values, as must this.
  explicit Parameters(std::string_view json) : json_(json) {}

  void bind(Statement& statement);

 private:
  std::string_view json_;
  Texts texts_;
};

// The value of `items`: an array of arrays.
class Items {
 public:
  explicit Items(std::string_view json);

  // Binds the next row; false when there is none. The values are good until the next call.
  bool bind_next(Statement& statement);
  // Of the row that was bound last, from 0 on.
  [[nodiscard]] std::size_t row() const { return rows_ - 1; }

 private:
  JsonPull json_;
  Texts texts_;
  std::size_t rows_ = 0;
};

}  // namespace luaskills::sqlite
