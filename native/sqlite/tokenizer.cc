#include "tokenizer.h"

#include <exception>
#include <memory>
#include <utility>

#include "connection.h"
#include "core/utf8.h"
#include "fts5_abi.h"
#include "statement.h"

namespace luaskills::sqlite {
namespace {

// FTS5 owns it until the database is closed.
struct Registration {
  Connection& connection;
  Tokenize tokenize;
};

// Replaces what is not UTF-8 byte by byte.
std::string repaired(std::string_view text) {
  std::string result(text);
  const char* end = result.data() + result.size();
  for (char* p = result.data(); p != end;) {
    if (static_cast<unsigned char>(*p) < 0x80) {
      ++p;
    } else if (const int length = core::utf8_sequence_length(p, end)) {
      p += length;
    } else {
      *p++ = ' ';
    }
  }
  return result;
}

int create(void* self, const char**, int, Fts5Instance** instance) noexcept {
  *instance = static_cast<Fts5Instance*>(self);  // tokenizers have no state of their own
  return kOk;
}

void destroy(Fts5Instance*) noexcept {}

int tokenize(Fts5Instance* instance, void* context, int flags, const char* text, int length,
             TokenSink::Emit emit) noexcept {
  const auto& self = *reinterpret_cast<const Registration*>(instance);
  try {
    self.connection.request().check();
    TokenSink sink(context, emit, length);
    const std::string_view view(text, static_cast<std::size_t>(length));
    const bool is_query = (flags & kFts5TokenizeQuery) != 0;
    if (core::is_utf8(view)) {
      self.tokenize(view, is_query, sink);
    } else {
      self.tokenize(repaired(view), is_query, sink);
    }
    return sink.result();
  } catch (...) {
    self.connection.hold_exception(std::current_exception());
    return kError;
  }
}

Fts5Api& fts5_api(Connection& connection) {
  Fts5Api* fts5 = nullptr;
  const Request::Running running = connection.run();
  Statement statement(connection, "SELECT fts5(?1)");
  connection.api().bind_pointer(statement.handle(), 1, static_cast<void*>(&fts5), "fts5_api_ptr", nullptr);
  statement.step();
  if (fts5 == nullptr || fts5->version < 2) throw Error("SQLITE_ERROR", "this SQLite has no FTS5");
  return *fts5;
}

}  // namespace

bool TokenSink::add(std::string_view token, int start, int end, bool colocated) {
  if (start < (colocated ? 0 : last_end_) || end < start || end > length_) {
    throw Error("SQLITE_ERROR", "the tokenizer has returned a token outside the text or out of order");
  }
  if (!colocated) last_end_ = end;
  result_ = emit_(context_, colocated ? kFts5TokenColocated : 0, token.data(), static_cast<int>(token.size()),
                  start, end);
  return result_ == kOk;
}

void add_tokenizer(Connection& connection, const std::string& name, Tokenize tokenize_text) {
  Fts5Api& fts5 = fts5_api(connection);
  auto registration = std::make_unique<Registration>(Registration{connection, std::move(tokenize_text)});
  Fts5TokenizerFunctions functions{&create, &destroy, &tokenize};
  const int result = fts5.create_tokenizer(&fts5, name.c_str(), registration.get(), &functions,
                                           [](void* self) { delete static_cast<Registration*>(self); });
  if (result != kOk) connection.fail(result);
  static_cast<void>(registration.release());  // FTS5 owns it now
}

}  // namespace luaskills::sqlite
