// A function of JavaScript that cuts text into tokens (`TokenList` in src/databases/sqlite/native.ts).
#pragma once

#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sqlite/tokenizer.h"

namespace luaskills::node {

// Only ever used and dropped on the JavaScript thread.
class JsTokenizer {
 public:
  JsTokenizer(napi_env env, napi_value function);
  ~JsTokenizer();
  JsTokenizer(const JsTokenizer&) = delete;
  JsTokenizer& operator=(const JsTokenizer&) = delete;

  // Throws JsException: what the function threw stays pending in JavaScript until the call that runs the
  // statement returns.
  void tokenize(std::string_view text, bool is_query, sqlite::TokenSink& sink) const;

 private:
  // Three numbers per token.
  [[nodiscard]] const std::int32_t* read_spans(napi_value spans, std::size_t tokens) const;

  napi_env env_;
  napi_ref function_ = nullptr;
};

}  // namespace luaskills::node
