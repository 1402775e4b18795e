#include "extension.h"

#ifdef _WIN32
#define LUASKILLS_EXPORT __declspec(dllexport)
#else
#define LUASKILLS_EXPORT __attribute__((visibility("default"), used))
#endif

namespace luaskills::sqlite {
namespace {

thread_local Api* waiting = nullptr;

int fail(const Api& api, char** error, const char* message) {
  if (error != nullptr && api.mprintf != nullptr) *error = api.mprintf("%s", message);
  return kError;
}

}  // namespace

ApiReceiver::ApiReceiver(Api& api) {
  waiting = &api;
}

ApiReceiver::~ApiReceiver() {
  waiting = nullptr;
}

}  // namespace luaskills::sqlite

extern "C" LUASKILLS_EXPORT int sqlite3_luaskills_init(sqlite3*, char** error,
                                                       const sqlite3_api_routines* table) {
  namespace sqlite = luaskills::sqlite;
  sqlite::Api api;
  const char* message = nullptr;
  if (!api.read(table, message)) return sqlite::fail(api, error, message);
  if (sqlite::waiting == nullptr) return sqlite::fail(api, error, "only luaskills loads this extension");
  *sqlite::waiting = api;
  return sqlite::kOk;
}
