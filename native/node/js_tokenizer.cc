#include "node/js_tokenizer.h"

#include <iterator>
#include <string>

#include "node/napi_calls.h"

namespace luaskills::node {

JsTokenizer::JsTokenizer(napi_env env, napi_value function) : env_(env) {
  check(env, napi_create_reference(env, function, 1, &function_));
}

JsTokenizer::~JsTokenizer() {
  napi_delete_reference(env_, function_);
}

void JsTokenizer::tokenize(std::string_view text, bool is_query, sqlite::TokenSink& sink) const {
  HandleScope scope(env_);
  napi_value result = nullptr;
  const napi_value arguments[] = {string(env_, text), boolean(env_, is_query)};
  check(env_, napi_call_function(env_, undefined(env_), from_reference(env_, function_), std::size(arguments),
                                 arguments, &result));
  napi_value tokens = nullptr;
  napi_value spans = nullptr;
  std::uint32_t count = 0;
  check(env_, napi_get_named_property(env_, result, "tokens", &tokens));
  check(env_, napi_get_named_property(env_, result, "spans", &spans));
  check(env_, napi_get_array_length(env_, tokens, &count));
  const std::int32_t* numbers = read_spans(spans, count);
  std::string buffer;
  for (std::uint32_t i = 0; i < count; i++) {
    HandleScope token_scope(env_);
    napi_value token = nullptr;
    check(env_, napi_get_element(env_, tokens, i, &token));
    const std::int32_t* span = numbers + std::size_t{3} * i;
    if (!sink.add(to_text(env_, token, buffer), span[0], span[1], span[2] != 0)) return;
  }
}

const std::int32_t* JsTokenizer::read_spans(napi_value spans, std::size_t tokens) const {
  napi_typedarray_type type = napi_int8_array;
  std::size_t length = 0;
  void* data = nullptr;
  check(env_, napi_get_typedarray_info(env_, spans, &type, &length, &data, nullptr, nullptr));
  if (type != napi_int32_array || length < 3 * tokens) {
    napi_throw_type_error(env_, nullptr,
                          "a tokenizer returns spans as an Int32Array of three numbers per token");
    throw JsException();
  }
  return static_cast<const std::int32_t*>(data);
}

}  // namespace luaskills::node
