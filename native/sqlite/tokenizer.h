// FTS5 tokenizers that are functions of ours.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "abi.h"

namespace luaskills::sqlite {

class Connection;

// Takes the tokens of one text, in order.
class TokenSink {
 public:
  using Emit = int (*)(void*, int, const char*, int, int, int);

  TokenSink(void* context, Emit emit, int length) : context_(context), emit_(emit), length_(length) {}

  // `start` and `end` are byte offsets. A colocated token stands at the position of the one before it and may
  // lie anywhere in the text; the others follow each other without overlapping (FTS5 copies the text between
  // them unchecked). Throws Error when that does not hold. False when FTS5 wants no more tokens.
  bool add(std::string_view token, int start, int end, bool colocated);

  // What FTS5 answered to the last token.
  [[nodiscard]] int result() const { return result_; }

 private:
  void* context_;
  Emit emit_;
  int length_;
  int last_end_ = 0;
  int result_ = kOk;
};

// `text` is well-formed UTF-8: bytes that are not arrive as spaces, so that offsets stay. `is_query`: the
// text is that of a query, not of a document. What it throws comes out of the call that runs the statement.
using Tokenize = std::function<void(std::string_view text, bool is_query, TokenSink& sink)>;

// Registers a tokenizer under this name, for `tokenize = '<name>'`. Throws Error, for instance when SQLite
// has no FTS5. The function is dropped when the connection closes.
void add_tokenizer(Connection& connection, const std::string& name, Tokenize tokenize);

}  // namespace luaskills::sqlite
