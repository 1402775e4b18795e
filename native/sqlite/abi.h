// The part of SQLite's extension ABI that is used here: what a library loaded by sqlite3_load_extension()
// gets.
//
// Declared by ourselves, so that building the addon needs no SQLite; native/test/sqlite_abi_test.cc compares
// all of it with the real sqlite3ext.h. The order of the table is part of SQLite's interface: entries are
// only ever appended.
#pragma once

#include <cstddef>
#include <type_traits>

extern "C" {
struct sqlite3;
struct sqlite3_stmt;
struct sqlite3_api_routines;
}

namespace luaskills::sqlite {

using Integer = long long;            // sqlite3_int64
using Unsigned = unsigned long long;  // sqlite3_uint64
using Destructor = void (*)(void*);
using Authorizer = int (*)(void*, int, const char*, const char*, const char*, const char*);

inline constexpr int kOk = 0;
inline constexpr int kError = 1;
inline constexpr int kBusy = 5;
inline constexpr int kNoMemory = 7;
inline constexpr int kInterrupt = 9;
inline constexpr int kTooBig = 18;
inline constexpr int kRow = 100;
inline constexpr int kDone = 101;

// sqlite3_column_type()
inline constexpr int kInteger = 1;
inline constexpr int kReal = 2;
inline constexpr int kText = 3;
inline constexpr int kBlob = 4;
inline constexpr int kNull = 5;

inline constexpr unsigned char kUtf8 = 1;          // SQLITE_UTF8
inline constexpr unsigned kPreparePersistent = 1;  // SQLITE_PREPARE_PERSISTENT
inline constexpr unsigned kTraceStatement = 1;     // SQLITE_TRACE_STMT
inline constexpr int kConfigDefensive = 1010;      // SQLITE_DBCONFIG_DEFENSIVE
inline constexpr int kLimitLength = 0;             // SQLITE_LIMIT_LENGTH

// Flags of sqlite3_open_v2()
inline constexpr int kOpenReadWrite = 0x00000002;
inline constexpr int kOpenCreate = 0x00000004;
inline constexpr int kOpenNoMutex = 0x00008000;
inline constexpr int kOpenExtendedCodes = 0x02000000;

inline constexpr int kMinimumVersion = 3'037'000;  // brought sqlite3_changes64()

// X(index in the table, name there, type)
#define LUASKILLS_SQLITE_FUNCTIONS(X)                                                            \
  X(3, bind_double, int(sqlite3_stmt*, int, double))                                             \
  X(5, bind_int64, int(sqlite3_stmt*, int, Integer))                                             \
  X(6, bind_null, int(sqlite3_stmt*, int))                                                       \
  X(7, bind_parameter_count, int(sqlite3_stmt*))                                                 \
  X(13, busy_handler, int(sqlite3*, int (*)(void*, int), void*))                                 \
  X(16, close, int(sqlite3*))                                                                    \
  X(19, column_blob, const void*(sqlite3_stmt*, int))                                            \
  X(20, column_bytes, int(sqlite3_stmt*, int))                                                   \
  X(22, column_count, int(sqlite3_stmt*))                                                        \
  X(25, column_decltype, const char*(sqlite3_stmt*, int))                                        \
  X(27, column_double, double(sqlite3_stmt*, int))                                               \
  X(29, column_int64, Integer(sqlite3_stmt*, int))                                               \
  X(30, column_name, const char*(sqlite3_stmt*, int))                                            \
  X(36, column_text, const unsigned char*(sqlite3_stmt*, int))                                   \
  X(38, column_type, int(sqlite3_stmt*, int))                                                    \
  X(53, errmsg, const char*(sqlite3*))                                                           \
  X(57, finalize, int(sqlite3_stmt*))                                                            \
  X(60, get_autocommit, int(sqlite3*))                                                           \
  X(64, interruptx, void(sqlite3*))                                                              \
  X(65, last_insert_rowid, Integer(sqlite3*))                                                    \
  X(67, libversion_number, int(void))                                                            \
  X(69, mprintf, char*(const char*, ...))                                                        \
  X(77, reset, int(sqlite3_stmt*))                                                               \
  X(91, set_authorizer, int(sqlite3*, Authorizer, void*))                                        \
  X(94, step, int(sqlite3_stmt*))                                                                \
  X(118, clear_bindings, int(sqlite3_stmt*))                                                     \
  X(135, open_v2, int(const char*, sqlite3**, int, const char*))                                 \
  X(151, limit, int(sqlite3*, int, int))                                                         \
  X(163, db_config, int(sqlite3*, int, ...))                                                     \
  X(183, errstr, const char*(int))                                                               \
  X(185, stmt_readonly, int(sqlite3_stmt*))                                                      \
  X(193, bind_blob64, int(sqlite3_stmt*, int, const void*, Unsigned, Destructor))                \
  X(194, bind_text64, int(sqlite3_stmt*, int, const char*, Unsigned, Destructor, unsigned char)) \
  X(214, trace_v2, int(sqlite3*, unsigned, int (*)(unsigned, void*, void*, void*), void*))       \
  X(216, set_last_insert_rowid, void(sqlite3*, Integer))                                         \
  X(217, prepare_v3, int(sqlite3*, const char*, int, unsigned, sqlite3_stmt**, const char**))    \
  X(219, bind_pointer, int(sqlite3_stmt*, int, void*, const char*, Destructor))                  \
  X(253, changes64, Integer(sqlite3*))                                                           \
  X(254, total_changes64, Integer(sqlite3*))

// The functions of one SQLite in the process.
struct Api {
#define LUASKILLS_DECLARE(index, name, type) std::add_pointer_t<type> name = nullptr;
  LUASKILLS_SQLITE_FUNCTIONS(LUASKILLS_DECLARE)
#undef LUASKILLS_DECLARE

  // Reads the table that the entry point of an extension gets. False, with `error` set, when this SQLite is
  // too old or was built without something that is needed; the error is a constant.
  bool read(const sqlite3_api_routines* table, const char*& error) {
    const auto* functions = reinterpret_cast<const Function*>(table);
    bool complete = read_entry(functions[67], libversion_number);
    if (!complete || libversion_number() < kMinimumVersion) {
      error = "SQLite 3.37 or newer is needed";
      return false;
    }
#define LUASKILLS_READ(index, name, type) complete = read_entry(functions[index], name) && complete;
    LUASKILLS_SQLITE_FUNCTIONS(LUASKILLS_READ)
#undef LUASKILLS_READ
    if (!complete) error = "SQLite was built without tracing, authorization or another part that is needed";
    return complete;
  }

 private:
  using Function = void (*)();

  template <typename Type>
  static bool read_entry(Function entry, Type& name) {
    name = reinterpret_cast<Type>(entry);
    return name != nullptr;
  }
};

}  // namespace luaskills::sqlite
