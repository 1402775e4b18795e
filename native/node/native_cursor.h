// The rows of a query as the columns of Arrow, for JavaScript (`NativeCursor` in
// src/databases/sqlite/native.ts).
#pragma once

#include <node_api.h>

#include <memory>
#include <string>

#include "sqlite/connection.h"

namespace luaskills::node {

// Prepares the statement and binds its parameters. Throws sqlite::Error.
napi_value make_cursor(napi_env env, std::shared_ptr<sqlite::Connection> connection, std::string sql,
                       std::string params);

}  // namespace luaskills::node
