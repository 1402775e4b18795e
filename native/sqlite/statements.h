// The four ways to run SQL. All throw Error or std::bad_alloc; all end when the request is interrupted.
//
// Every `sql` is followed by a NUL character; `params` and `items` are JSON text (parameters.h), empty when
// absent.
#pragma once

#include <cstddef>
#include <string_view>

#include "connection.h"
#include "core/text_buffer.h"

namespace luaskills::sqlite {

struct Outcome {
  std::size_t statements = 0;  // that ran
  Integer rows_changed = 0;
  Integer last_insert_rowid = 0;  // of the request
};

// Statement by statement, without a transaction around them; those before a failure stay. Rows are discarded.
// `rows_changed` is that of the last INSERT, UPDATE or DELETE.
Outcome run_script(Connection& connection, std::string_view sql);

// One statement, which returns no rows (RETURNS_ROWS).
Outcome run_statement(Connection& connection, std::string_view sql, std::string_view params);

// One statement, once for each row of `items`, all in one transaction. Rows are discarded.
Outcome run_batch(Connection& connection, std::string_view sql, std::string_view items);

// One statement, to its end; its rows are appended to `out` as a JSON array (rows.h). Returns their number.
std::size_t run_query(Connection& connection, std::string_view sql, std::string_view params,
                      core::TextBuffer& out);

}  // namespace luaskills::sqlite
