// How we get at SQLite: better-sqlite3 is asked to load the addon's file as an extension of a database, and
// SQLite hands the table of its functions to the entry point (abi.h).
//
// SQLite passes nothing of ours along, so the one that asked waits in a variable of the thread.
#pragma once

#include "abi.h"

namespace luaskills::sqlite {

// While one exists, `api` is filled when SQLite loads the extension on this thread.
class ApiReceiver {
 public:
  explicit ApiReceiver(Api& api);
  ~ApiReceiver();
  ApiReceiver(const ApiReceiver&) = delete;
  ApiReceiver& operator=(const ApiReceiver&) = delete;
};

}  // namespace luaskills::sqlite
