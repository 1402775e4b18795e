#include "extension.h"

#include <utility>

#ifdef _WIN32
#define LUASKILLS_EXPORT __declspec(dllexport)
#else
#define LUASKILLS_EXPORT __attribute__((visibility("default"), used))
#endif

namespace luaskills::sqlite {
namespace {

thread_local Connection* waiting = nullptr;

const char* attach(sqlite3* database, const sqlite3_api_routines* table, Api& api) {
  const char* error = nullptr;
  if (!api.read(table, error)) return error;
  Connection* connection = std::exchange(waiting, nullptr);
  if (connection == nullptr) return "only luaskills loads this extension";
  connection->attach(database, api);
  return nullptr;
}

}  // namespace

void expect_database(Connection* connection) {
  waiting = connection;
}

void forget_database(const Connection* connection) {
  if (waiting == connection) waiting = nullptr;
}

}  // namespace luaskills::sqlite

extern "C" LUASKILLS_EXPORT int sqlite3_luaskills_init(sqlite3* database, char** error,
                                                       const sqlite3_api_routines* table) {
  namespace sqlite = luaskills::sqlite;
  sqlite::Api api;
  const auto fail = [&](const char* message) {
    if (error != nullptr && api.mprintf != nullptr) *error = api.mprintf("%s", message);
    return sqlite::kError;
  };
  try {
    const char* message = sqlite::attach(database, table, api);
    return message == nullptr ? sqlite::kOk : fail(message);
  } catch (const std::exception& exception) {
    return fail(exception.what());
  }
}
