// The entry point through which SQLite hands over a database: db.loadExtension(addonFile,
// "sqlite3_luaskills_init").
//
// SQLite passes nothing of ours along, so the connection that is to get the database waits in a variable of
// the thread.
#pragma once

#include "connection.h"

namespace luaskills::sqlite {

// The next database on this thread is for `connection`; null for none.
void expect_database(Connection* connection);
// `connection` waits no more.
void forget_database(const Connection* connection);

}  // namespace luaskills::sqlite
