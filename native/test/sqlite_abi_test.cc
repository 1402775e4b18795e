// What native/sqlite declares of SQLite, compared with SQLite's own headers.
#include <doctest/doctest.h>
#include <sqlite3ext.h>

#include <cstddef>
#include <type_traits>

#include "sqlite/abi.h"
#include "sqlite/fts5_abi.h"

// The macros of sqlite3ext.h turn names of functions into entries of the table.
namespace luaskills::sqlite {
namespace {

#define LUASKILLS_COMPARE(index, name, type)                                                  \
  static_assert(offsetof(sqlite3_api_routines, name) == (index) * sizeof(void (*)()), #name); \
  static_assert(std::is_same_v<decltype(Api::name), decltype(sqlite3_api_routines::name)>, #name);
LUASKILLS_SQLITE_FUNCTIONS(LUASKILLS_COMPARE)
#undef LUASKILLS_COMPARE

static_assert(std::is_same_v<Integer, sqlite3_int64> && std::is_same_v<Unsigned, sqlite3_uint64>);
static_assert(kOk == SQLITE_OK && kError == SQLITE_ERROR && kBusy == SQLITE_BUSY &&
              kNoMemory == SQLITE_NOMEM);
static_assert(kInterrupt == SQLITE_INTERRUPT && kTooBig == SQLITE_TOOBIG);
static_assert(kRow == SQLITE_ROW && kDone == SQLITE_DONE);
static_assert(kInteger == SQLITE_INTEGER && kReal == SQLITE_FLOAT && kText == SQLITE_TEXT);
static_assert(kBlob == SQLITE_BLOB && kNull == SQLITE_NULL);
static_assert(kUtf8 == SQLITE_UTF8 && kPreparePersistent == SQLITE_PREPARE_PERSISTENT);
static_assert(kTraceStatement == SQLITE_TRACE_STMT);
static_assert(kConfigDefensive == SQLITE_DBCONFIG_DEFENSIVE && kLimitLength == SQLITE_LIMIT_LENGTH);
static_assert(kOpenReadWrite == SQLITE_OPEN_READWRITE && kOpenCreate == SQLITE_OPEN_CREATE);
static_assert(kOpenNoMutex == SQLITE_OPEN_NOMUTEX && kOpenExtendedCodes == SQLITE_OPEN_EXRESCODE);

static_assert(offsetof(Fts5Api, version) == offsetof(fts5_api, iVersion));
static_assert(offsetof(Fts5Api, create_tokenizer) == offsetof(fts5_api, xCreateTokenizer));
static_assert(sizeof(Fts5TokenizerFunctions) == sizeof(fts5_tokenizer));
static_assert(offsetof(Fts5TokenizerFunctions, create) == offsetof(fts5_tokenizer, xCreate));
static_assert(offsetof(Fts5TokenizerFunctions, destroy) == offsetof(fts5_tokenizer, xDelete));
static_assert(offsetof(Fts5TokenizerFunctions, tokenize) == offsetof(fts5_tokenizer, xTokenize));
static_assert(kFts5TokenizeQuery == FTS5_TOKENIZE_QUERY && kFts5TokenColocated == FTS5_TOKEN_COLOCATED);

}  // namespace
}  // namespace luaskills::sqlite
