#include "cursor.h"

#include <new>
#include <utility>

#include "core/utf8.h"

namespace luaskills::sqlite {

Cursor::Cursor(Connection& connection, std::string sql, std::string params)
    : sql_(std::move(sql)), params_(std::move(params)), parameters_(params_), statement_(connection, sql_) {
  parameters_.bind(statement_);
}

bool Cursor::is_readonly() const {
  statement_.connection().database();
  return statement_.api().stmt_readonly(statement_.handle()) != 0;
}

std::size_t Cursor::fetch(std::size_t max_rows) {
  for (ColumnValues& values : values_) values.clear();
  if (done_) return 0;
  done_ = true;  // also when a step throws: the statement would start again
  const auto running = statement_.connection().run();
  std::size_t rows = 0;
  while (rows < max_rows && held() < kBatchBytes) {
    if (!statement_.step()) {
      statement_.reset();
      return rows;
    }
    if (columns_.empty()) read_columns();
    take_row();
    ++rows;
  }
  done_ = false;
  return rows;
}

void Cursor::read_columns() {
  const Api& api = statement_.api();
  const int count = api.column_count(statement_.handle());
  for (int i = 0; i < count; ++i) {
    const char* name = api.column_name(statement_.handle(), i);
    if (name == nullptr) throw std::bad_alloc();
    const char* declared = api.column_decltype(statement_.handle(), i);
    columns_.push_back({core::is_utf8(name) ? name : "?", declared != nullptr ? declared : ""});
  }
  values_.resize(columns_.size());
}

void Cursor::take_row() {
  const Api& api = statement_.api();
  sqlite3_stmt* statement = statement_.handle();
  int column = 0;
  for (ColumnValues& values : values_) {
    switch (api.column_type(statement, column)) {
      case kInteger:
        values.add_integer(api.column_int64(statement, column));
        break;
      case kReal:
        values.add_real(api.column_double(statement, column));
        break;
      case kText: {
        const auto* text = reinterpret_cast<const char*>(api.column_text(statement, column));
        if (text == nullptr) throw std::bad_alloc();
        values.add_text({text, static_cast<std::size_t>(api.column_bytes(statement, column))});
        break;
      }
      case kBlob: {
        const auto* bytes = static_cast<const char*>(api.column_blob(statement, column));
        const auto size = static_cast<std::size_t>(api.column_bytes(statement, column));
        if (bytes == nullptr && size != 0) throw std::bad_alloc();
        values.add_blob({bytes, size});
        break;
      }
      default:
        values.add_null();
    }
    ++column;
  }
}

std::size_t Cursor::held() const {
  std::size_t bytes = 0;
  for (const ColumnValues& values : values_) bytes += values.bytes();
  return bytes;
}

}  // namespace luaskills::sqlite
