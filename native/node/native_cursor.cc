#include "node/native_cursor.h"

#include <cstddef>
#include <cstring>
#include <iterator>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "node/napi_calls.h"
#include "node/sqlite_failure.h"
#include "sqlite/cursor.h"

namespace luaskills::node {
namespace {

// Arrow recommends it for all buffers; typed arrays need 8.
constexpr std::size_t kAlignment = 64;
// A longer body buffer is not kept for the next batch.
constexpr std::size_t kKeptBody = std::size_t{16} << 20;

std::size_t aligned(std::size_t size) {
  return (size + kAlignment - 1) / kAlignment * kAlignment;
}

void set(napi_env env, napi_value object, const char* name, napi_value value) {
  check(env, napi_set_named_property(env, object, name, value));
}

class NodeCursor {
 public:
  NodeCursor(std::shared_ptr<sqlite::Connection> connection, std::string sql, std::string params)
      : connection_(std::move(connection)) {
    cursor_.emplace(*connection_, std::move(sql), std::move(params));
  }

  // Throws when it is closed.
  sqlite::Cursor& cursor() {
    if (!cursor_) throw sqlite::Error(sqlite::Error::kClosed, "the cursor is closed");
    return *cursor_;
  }

  void close(napi_env env) {
    cursor_.reset();
    forget_body(env);
  }

  napi_value fetch(napi_env env, std::size_t max_rows);
  napi_value build(napi_env env, std::span<const std::uint8_t> types);

 private:
  struct Body {
    napi_value buffer;
    std::byte* data;
  };

  Body body(napi_env env, std::size_t size);
  void forget_body(napi_env env) {
    if (body_ != nullptr) napi_delete_reference(env, std::exchange(body_, nullptr));
  }

  std::shared_ptr<sqlite::Connection> connection_;  // outlives the cursor
  std::optional<sqlite::Cursor> cursor_;
  napi_ref body_ =
      nullptr;  // an ArrayBuffer: one for all batches instead of garbage of the size of the result
};

napi_value NodeCursor::fetch(napi_env env, std::size_t max_rows) {
  const std::size_t rows = cursor().fetch(max_rows);
  if (rows == 0) return undefined(env);
  const std::size_t columns = cursor().columns().size();
  void* data = nullptr;
  napi_value buffer = nullptr;
  napi_value seen = nullptr;
  check(env, napi_create_arraybuffer(env, columns, &data, &buffer));
  check(env, napi_create_typedarray(env, napi_uint8_array, columns, buffer, 0, &seen));
  for (std::size_t i = 0; i < columns; ++i) {
    static_cast<std::uint8_t*>(data)[i] = static_cast<std::uint8_t>(cursor().seen(i));
  }
  napi_value batch = nullptr;
  check(env, napi_create_object(env, &batch));
  set(env, batch, "rows", number(env, static_cast<double>(rows)));
  set(env, batch, "seen", seen);
  set(env, batch, "last", boolean(env, cursor().is_done()));
  return batch;
}

NodeCursor::Body NodeCursor::body(napi_env env, std::size_t size) {
  Body body{};
  void* data = nullptr;
  if (body_ != nullptr) {
    std::size_t length = 0;
    body.buffer = from_reference(env, body_);
    check(env, napi_get_arraybuffer_info(env, body.buffer, &data, &length));
    if (length < size) forget_body(env);
  }
  if (body_ == nullptr) {
    const std::size_t with_reserve = size + size / 4;
    const bool is_kept = with_reserve <= kKeptBody;
    check(env, napi_create_arraybuffer(env, is_kept ? with_reserve : size, &data, &body.buffer));
    if (is_kept) check(env, napi_create_reference(env, body.buffer, 1, &body_));
  }
  body.data = static_cast<std::byte*>(data);
  return body;
}

napi_value NodeCursor::build(napi_env env, std::span<const std::uint8_t> types) {
  std::vector<sqlite::ArrowArray> arrays;
  std::size_t size = 0;
  for (std::size_t i = 0; i < types.size(); ++i) {
    const sqlite::ArrowArray array = cursor().build(i, static_cast<sqlite::ArrowType>(types[i]));
    size += aligned(array.validity.size()) + aligned(array.offsets.size()) + aligned(array.values.size());
    arrays.push_back(array);
  }
  const Body target = body(env, size);
  std::size_t position = 0;
  const auto view = [env, &target, &position](std::span<const std::byte> bytes, napi_typedarray_type type,
                                              std::size_t width) {
    if (!bytes.empty()) std::memcpy(target.data + position, bytes.data(), bytes.size());
    napi_value result = nullptr;
    check(env, napi_create_typedarray(env, type, bytes.size() / width, target.buffer, position, &result));
    position += aligned(bytes.size());
    return result;
  };

  napi_value result = nullptr;
  check(env, napi_create_array_with_length(env, types.size(), &result));
  for (std::size_t i = 0; i < types.size(); ++i) {
    HandleScope scope(env);
    const sqlite::ArrowArray& array = arrays[i];
    napi_value column = nullptr;
    check(env, napi_create_object(env, &column));
    set(env, column, "nullCount", number(env, static_cast<double>(array.null_count)));
    set(env, column, "validity", view(array.validity, napi_uint8_array, 1));
    switch (static_cast<sqlite::ArrowType>(types[i])) {
      case sqlite::ArrowType::kInt64:
        set(env, column, "values", view(array.values, napi_bigint64_array, sizeof(std::int64_t)));
        break;
      case sqlite::ArrowType::kFloat64:
        set(env, column, "values", view(array.values, napi_float64_array, sizeof(double)));
        break;
      default:
        set(env, column, "offsets", view(array.offsets, napi_int32_array, sizeof(std::int32_t)));
        set(env, column, "values", view(array.values, napi_uint8_array, 1));
    }
    check(env, napi_set_element(env, result, static_cast<std::uint32_t>(i), column));
  }
  return result;
}

template <typename Body>
napi_value method(napi_env env, napi_callback_info info, Body&& body) {
  return guarded(env, [&]() -> napi_value {
    std::size_t count = 1;
    napi_value argument = nullptr;
    napi_value self = nullptr;
    check(env, napi_get_cb_info(env, info, &count, &argument, &self, nullptr));
    void* data = nullptr;
    check(env, napi_unwrap(env, self, &data));
    return with_failures(env, [&] { return body(*static_cast<NodeCursor*>(data), argument); });
  });
}

// fetch(maxRows)
napi_value fetch(napi_env env, napi_callback_info info) {
  return method(env, info, [env](NodeCursor& cursor, napi_value max_rows) {
    return cursor.fetch(env, static_cast<std::size_t>(to_double(env, max_rows)));
  });
}

// build(types), a type for each column
napi_value build(napi_env env, napi_callback_info info) {
  return method(env, info, [env](NodeCursor& cursor, napi_value types) {
    std::size_t count = 0;
    void* data = nullptr;
    check(env, napi_get_typedarray_info(env, types, nullptr, &count, &data, nullptr, nullptr));
    if (count != cursor.cursor().columns().size()) {
      throw sqlite::Error("SQLITE_MISUSE", "there must be a type for each column");
    }
    return cursor.build(env, {static_cast<const std::uint8_t*>(data), count});
  });
}

napi_value close(napi_env env, napi_callback_info info) {
  return method(env, info, [env](NodeCursor& cursor, napi_value) {
    cursor.close(env);
    return undefined(env);
  });
}

napi_value get_columns(napi_env env, napi_callback_info info) {
  return method(env, info, [env](NodeCursor& cursor, napi_value) {
    napi_value result = nullptr;
    check(env, napi_create_array(env, &result));
    std::uint32_t index = 0;
    for (const auto& [name, declared] : cursor.cursor().columns()) {
      napi_value column = nullptr;
      check(env, napi_create_object(env, &column));
      set(env, column, "name", string(env, name));
      set(env, column, "declared", string(env, declared));
      check(env, napi_set_element(env, result, index++, column));
    }
    return result;
  });
}

napi_value get_readonly(napi_env env, napi_callback_info info) {
  return method(env, info, [env](NodeCursor& cursor, napi_value) {
    return boolean(env, cursor.cursor().is_readonly());
  });
}

void destroy(napi_env env, void* data, void*) {
  const std::unique_ptr<NodeCursor> cursor(static_cast<NodeCursor*>(data));
  cursor->close(env);
}

}  // namespace

napi_value make_cursor(napi_env env, std::shared_ptr<sqlite::Connection> connection, std::string sql,
                       std::string params) {
  auto cursor = std::make_unique<NodeCursor>(std::move(connection), std::move(sql), std::move(params));
  const auto function = [](const char* name, napi_callback callback) -> napi_property_descriptor {
    return {name, nullptr, callback, nullptr, nullptr, nullptr, napi_default_method, nullptr};
  };
  const auto getter = [](const char* name, napi_callback callback) -> napi_property_descriptor {
    return {name, nullptr, nullptr, callback, nullptr, nullptr, napi_default, nullptr};
  };
  const napi_property_descriptor properties[] = {
      function("fetch", &fetch),       function("build", &build),         function("close", &close),
      getter("columns", &get_columns), getter("readonly", &get_readonly),
  };
  napi_value object = nullptr;
  check(env, napi_create_object(env, &object));
  check(env, napi_define_properties(env, object, std::size(properties), properties));
  check(env, napi_wrap(env, object, cursor.get(), &destroy, nullptr, nullptr));
  cursor.release();  // the finalizer owns it now
  return object;
}

}  // namespace luaskills::node
