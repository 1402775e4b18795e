#include "node/native_sqlite.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <memory>
#include <string>

#include "core/text_buffer.h"
#include "node/environment.h"
#include "node/js_tokenizer.h"
#include "node/napi_calls.h"
#include "node/native_cursor.h"
#include "node/sqlite_failure.h"
#include "sqlite/connection.h"
#include "sqlite/extension.h"
#include "sqlite/statements.h"
#include "sqlite/tokenizer.h"

namespace luaskills::node {
namespace {

constexpr std::size_t kMaxParameters = 2;
using Arguments = std::array<napi_value, kMaxParameters>;

class NodeSqlite {
 public:
  explicit NodeSqlite(std::shared_ptr<Environment> environment)
      : environment_(std::move(environment)), connection_(environment_->watchdog()) {
    sqlite::expect_database(&connection_);
  }
  ~NodeSqlite() { sqlite::forget_database(&connection_); }
  NodeSqlite(const NodeSqlite&) = delete;
  NodeSqlite& operator=(const NodeSqlite&) = delete;

  sqlite::Connection& connection() { return connection_; }

 private:
  std::shared_ptr<Environment> environment_;  // outlives the connection, which uses its watchdog
  sqlite::Connection connection_;
};

// Shared with the cursors of the connection.
using Holder = std::shared_ptr<NodeSqlite>;

// `body` gets the receiver and its arguments; missing ones are undefined.
template <typename Body>
napi_value with_holder(napi_env env, napi_callback_info info, Body&& body) {
  return guarded(env, [&]() -> napi_value {
    std::size_t count = kMaxParameters;
    Arguments arguments;
    napi_value self = nullptr;
    check(env, napi_get_cb_info(env, info, &count, arguments.data(), &self, nullptr));
    void* data = nullptr;
    check(env, napi_unwrap(env, self, &data));
    try {
      return body(*static_cast<Holder*>(data), arguments);
    } catch (const sqlite::Error& error) {
      throw_error(env, error);
    }
  });
}

template <typename Body>
napi_value method(napi_env env, napi_callback_info info, Body&& body) {
  return with_holder(env, info, [&](Holder& holder, Arguments& a) { return body(holder->connection(), a); });
}

// 0, which names no request, for what is no token.
sqlite::Token to_token(napi_env env, napi_value value) {
  constexpr double kMaxToken = 9007199254740991.0;
  const double token = to_double(env, value);
  return token >= 1 && token <= kMaxToken ? static_cast<sqlite::Token>(token) : 0;
}

// From milliseconds; 0 is none, and a year is as good as longer.
core::Nanoseconds to_timeout(napi_env env, napi_value value) {
  constexpr double kYear = 365.0 * 24 * 3600 * 1000;
  const double milliseconds = to_double(env, value);
  if (!(milliseconds > 0)) return 0;
  const double nanoseconds = std::min(milliseconds, kYear) * static_cast<double>(core::kMillisecond);
  return std::max<core::Nanoseconds>(static_cast<core::Nanoseconds>(nanoseconds), 1);
}

void set(napi_env env, napi_value object, const char* name, napi_value value) {
  check(env, napi_set_named_property(env, object, name, value));
}

napi_value to_value(napi_env env, const sqlite::Outcome& outcome) {
  napi_value object = nullptr;
  napi_value rowid = nullptr;
  check(env, napi_create_object(env, &object));
  check(env, napi_create_bigint_int64(env, outcome.last_insert_rowid, &rowid));
  set(env, object, "statements", number(env, static_cast<double>(outcome.statements)));
  set(env, object, "rowsChanged", number(env, static_cast<double>(outcome.rows_changed)));
  set(env, object, "lastInsertRowid", rowid);
  return object;
}

napi_value to_bytes(napi_env env, const core::TextBuffer& text) {
  void* data = nullptr;
  napi_value buffer = nullptr;
  napi_value array = nullptr;
  check(env, napi_create_arraybuffer(env, text.size(), &data, &buffer));
  std::memcpy(data, text.data(), text.size());
  check(env, napi_create_typedarray(env, napi_uint8_array, text.size(), buffer, 0, &array));
  return array;
}

// new NativeSqlite()
napi_value construct(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    napi_value self = nullptr;
    check(env, napi_get_cb_info(env, info, nullptr, nullptr, &self, nullptr));
    auto holder =
        std::make_unique<Holder>(std::make_shared<NodeSqlite>(Environment::of(env).shared_from_this()));
    check(env, napi_wrap(
                   env, self, holder.get(),
                   [](napi_env, void* data, void*) { delete static_cast<Holder*>(data); }, nullptr, nullptr));
    holder.release();  // the finalizer owns it now
    return self;
  });
}

// begin(token, timeoutMs)
napi_value begin(napi_env env, napi_callback_info info) {
  return method(env, info, [env](sqlite::Connection& connection, Arguments& a) {
    connection.begin(to_token(env, a[0]), to_timeout(env, a[1]));
    return undefined(env);
  });
}

// end()
napi_value end(napi_env env, napi_callback_info info) {
  return method(env, info, [env](sqlite::Connection& connection, Arguments&) {
    connection.end();
    return undefined(env);
  });
}

// script(sql)
napi_value script(napi_env env, napi_callback_info info) {
  return method(env, info, [env](sqlite::Connection& connection, Arguments& a) {
    return to_value(env, sqlite::run_script(connection, to_string(env, a[0])));
  });
}

// execute(sql, paramsJson)
napi_value execute(napi_env env, napi_callback_info info) {
  return method(env, info, [env](sqlite::Connection& connection, Arguments& a) {
    return to_value(env, sqlite::run_statement(connection, to_string(env, a[0]), to_string(env, a[1])));
  });
}

// batch(sql, itemsJson)
napi_value batch(napi_env env, napi_callback_info info) {
  return method(env, info, [env](sqlite::Connection& connection, Arguments& a) {
    return to_value(env, sqlite::run_batch(connection, to_string(env, a[0]), to_string(env, a[1])));
  });
}

// query(sql, paramsJson)
napi_value query(napi_env env, napi_callback_info info) {
  return method(env, info, [env](sqlite::Connection& connection, Arguments& a) {
    core::TextBuffer rows;
    const std::size_t count = sqlite::run_query(connection, to_string(env, a[0]), to_string(env, a[1]), rows);
    napi_value object = nullptr;
    check(env, napi_create_object(env, &object));
    set(env, object, "rows", to_bytes(env, rows));
    set(env, object, "count", number(env, static_cast<double>(count)));
    return object;
  });
}

// addTokenizer(name, tokenize)
napi_value add_tokenizer(napi_env env, napi_callback_info info) {
  return method(env, info, [env](sqlite::Connection& connection, Arguments& a) {
    const auto tokenizer = std::make_shared<JsTokenizer>(env, a[1]);
    sqlite::add_tokenizer(connection, to_string(env, a[0]),
                          [tokenizer](std::string_view text, bool is_query, sqlite::TokenSink& sink) {
                            tokenizer->tokenize(text, is_query, sink);
                          });
    return undefined(env);
  });
}

// cursor(sql, paramsJson)
napi_value cursor(napi_env env, napi_callback_info info) {
  return with_holder(env, info, [env](Holder& holder, Arguments& a) {
    const std::shared_ptr<sqlite::Connection> connection(holder, &holder->connection());
    return make_cursor(env, connection, to_string(env, a[0]), to_string(env, a[1]));
  });
}

// close()
napi_value close(napi_env env, napi_callback_info info) {
  return method(env, info, [env](sqlite::Connection& connection, Arguments&) {
    sqlite::forget_database(&connection);
    connection.close();
    return undefined(env);
  });
}

napi_value get_soiled(napi_env env, napi_callback_info info) {
  return method(env, info, [env](sqlite::Connection& connection, Arguments&) {
    return boolean(env, connection.is_soiled());
  });
}

}  // namespace

napi_value define_native_sqlite(napi_env env) {
  const auto function = [](const char* name, napi_callback callback) -> napi_property_descriptor {
    return {name, nullptr, callback, nullptr, nullptr, nullptr, napi_default_method, nullptr};
  };
  const napi_property_descriptor properties[] = {
      function("begin", &begin),
      function("end", &end),
      function("script", &script),
      function("execute", &execute),
      function("batch", &batch),
      function("query", &query),
      function("addTokenizer", &add_tokenizer),
      function("cursor", &cursor),
      function("close", &close),
      {"soiled", nullptr, nullptr, &get_soiled, nullptr, nullptr, napi_default, nullptr},
  };
  napi_value constructor = nullptr;
  check(env, napi_define_class(env, "NativeSqlite", NAPI_AUTO_LENGTH, &construct, nullptr,
                               std::size(properties), properties, &constructor));
  return constructor;
}

napi_value new_sqlite_token(napi_env env, napi_callback_info) {
  return guarded(env, [&] { return number(env, static_cast<double>(sqlite::new_token())); });
}

napi_value interrupt_sqlite(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    std::size_t count = 1;
    napi_value token = nullptr;
    check(env, napi_get_cb_info(env, info, &count, &token, nullptr, nullptr));
    return boolean(env, sqlite::interrupt(to_token(env, token)));
  });
}

}  // namespace luaskills::node
