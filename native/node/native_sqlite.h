// The JavaScript class behind the databases (src/databases/sqlite/native.ts), private to the package.
#pragma once

#include <node_api.h>

namespace luaskills::node {

napi_value define_native_sqlite(napi_env env);

// receiveSqlite(load): gets SQLite's functions. `load` makes better-sqlite3 load the addon's file as an
// extension.
napi_value receive_sqlite(napi_env env, napi_callback_info info);

// newSqliteToken(): the name of a request for interruptSqlite, unique in the process.
napi_value new_sqlite_token(napi_env env, napi_callback_info info);

// interruptSqlite(token): false when no request of this token runs.
napi_value interrupt_sqlite(napi_env env, napi_callback_info info);

}  // namespace luaskills::node
