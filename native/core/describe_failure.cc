#include "describe_failure.h"

#include <charconv>
#include <cstring>
#include <string>

#include "bootstrap_cache.h"
#include "json.h"
#include "protected_call.h"
#include "run.h"
#include "vm.h"
#include "vm_internals.h"

namespace luaskills::core {
namespace {

constexpr std::string_view kOutOfMemoryText = "not enough memory";
constexpr std::string_view kOwnFrames = "[luaskills]:";

// "name:12: text" begins with where it was raised.
void locate_by_message(Failure& failure) {
  const std::string& text = failure.message;
  for (std::size_t colon = text.find(':'); colon != std::string::npos; colon = text.find(':', colon + 1)) {
    const char* digits = text.data() + colon + 1;
    const char* end = text.data() + text.size();
    int line = 0;
    const auto [after, error] = std::from_chars(digits, end, line);
    if (error != std::errc() || after == digits || after + 1 >= end || after[0] != ':' || after[1] != ' ')
      continue;
    failure.chunk = text.substr(0, colon);
    failure.line = line;
    return;
  }
}

void locate_by_frames(lua_State* co, Failure& failure) {
  lua_Debug frame;
  for (int level = 0; lua_getstack(co, level, &frame) != 0; level++) {
    if (lua_getinfo(co, "Sl", &frame) == 0 || frame.currentline <= 0) continue;
    if (std::strcmp(frame.source, BootstrapCache::kChunkName) == 0) continue;
    failure.chunk = frame.short_src;
    failure.line = frame.currentline;
    return;
  }
}

// Frames of C functions and of our own Lua say nothing to the author of the chunk, and can hold addresses.
std::string traceback_of(lua_State* L, lua_State* co) {
  luaL_traceback(L, co, nullptr, 0);
  std::size_t length = 0;
  const char* text = lua_tolstring(L, -1, &length);
  std::string kept;
  std::string_view rest(text, length);
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    const std::string_view frame = line.substr(
        line.find_first_not_of('\t') == std::string_view::npos ? 0 : line.find_first_not_of('\t'));
    if (!frame.starts_with("[C]") && !frame.starts_with("[builtin") && !frame.starts_with(kOwnFrames)) {
      if (!kept.empty()) kept += '\n';
      kept += line;
    }
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  lua_pop(L, 1);
  return kept == "stack traceback:" ? std::string() : kept;
}

// A library function in a tail call has our own code for its caller: "[luaskills]:12: bad argument ...".
void drop_own_position(std::string& message) {
  if (!message.starts_with(kOwnFrames)) return;
  std::size_t end = kOwnFrames.size();
  while (end < message.size() && message[end] >= '0' && message[end] <= '9') end++;
  if (message.compare(end, 2, ": ") == 0) message.erase(0, end + 2);
}

// A coroutine that failed no longer knows where its innermost Lua function was: "eval: in main chunk". The
// message does.
void complete_first_frame(Failure& failure) {
  const std::string frame = "\t" + failure.chunk + ": in ";
  const std::size_t first = failure.traceback.find("\n\t");
  if (failure.line == 0 || first == std::string::npos) return;
  if (failure.traceback.compare(first + 1, frame.size(), frame) != 0) return;
  failure.traceback.insert(first + 1 + frame.size() - 5, ":" + std::to_string(failure.line));
}

FailureCode code_of(KillReason reason) {
  switch (reason) {
    case KillReason::kTimeout:
      return FailureCode::kTimeout;
    case KillReason::kAborted:
      return FailureCode::kAborted;
    case KillReason::kInstructions:
      return FailureCode::kInstructions;
    case KillReason::kClosed:
      return FailureCode::kClosed;
    case KillReason::kNone:
      break;
  }
  return FailureCode::kRuntime;
}

// The error value as text, by its own __tostring where it has one. Runs user code on `L`.
void describe_value(lua_State* L, Failure& failure) {
  const int kind = lua_type(L, -1);
  if (kind == LUA_TSTRING) {
    std::size_t length = 0;
    const char* text = lua_tolstring(L, -1, &length);
    failure.message.assign(text, length);
    return;
  }
  TextBuffer json;
  JsonError error;
  JsonWriteOptions options;
  options.root = "error";
  if (json_write(L, lua_gettop(L), json, options, error) == JsonStatus::kOk)
    failure.value = Value::json(std::string(json.view()));
  if (luaL_callmeta(L, -1, "__tostring") != 0) {
    if (lua_type(L, -1) == LUA_TSTRING) failure.message = lua_tostring(L, -1);
    lua_pop(L, 1);
  } else if (kind == LUA_TNUMBER) {
    lua_pushvalue(L, -1);
    failure.message = lua_tostring(L, -1);
    lua_pop(L, 1);
  } else if (kind == LUA_TNIL) {
    failure.message = "error raised with nil";
  }
  if (failure.message.empty())
    failure.message = std::string("error raised with a ") + lua_typename(L, kind) + " value";
}

void describe(Run& run, Failure& failure) {
  lua_State* co = run.coroutine();
  lua_State* L = run.vm().state();
  lua_settop(L, 0);
  const FinalizersMayRun finalizers(L, !run.is_counting());
  const int status = protected_call(L, [&] {
    lua_xmove(co, L, 1);
    describe_value(L, failure);
  });
  if (status != 0 && failure.message.empty()) {
    failure.message = status == LUA_ERRMEM ? kOutOfMemoryText : "an error whose description failed";
  }
  lua_settop(L, 0);
  const bool traced = protected_call(L, [&] { failure.traceback = traceback_of(L, co); }) == 0;
  if (traced) locate_by_frames(co, failure);
  lua_settop(L, 0);
}

}  // namespace

Failure out_of_memory() {
  return Failure::of(FailureCode::kMemory, std::string(kOutOfMemoryText));
}

Failure describe_kill(Run& run) {
  return Failure::of(code_of(run.kill_reason()), kill_text(run.kill_reason()));
}

Failure describe_run_failure(Run& run) {
  Failure failure;
  describe(run, failure);
  if (run.kill_reason() != KillReason::kNone) {
    failure.code = code_of(run.kill_reason());
    failure.message = kill_text(run.kill_reason());
    failure.value.reset();
    return failure;
  }
  // Coroutines pass the error on as a message, to which coroutine.wrap adds a position.
  if (run.status() == LUA_ERRMEM || failure.message == kOutOfMemoryText ||
      (run.vm().ran_out_of_memory() && failure.message.ends_with(kOutOfMemoryText))) {
    failure.code = FailureCode::kMemory;
    failure.message = kOutOfMemoryText;
    // Here and not later: finalizers run under the run's deadline.
    run.vm().reclaim_memory();
  }
  drop_own_position(failure.message);
  const std::string chunk = failure.chunk;
  const int line = failure.line;
  locate_by_message(failure);
  if (failure.line == 0) {
    failure.chunk = chunk;
    failure.line = line;
  }
  complete_first_frame(failure);
  return failure;
}

Failure describe_syntax_failure(lua_State* L, bool memory, std::string_view code) {
  if (memory) return out_of_memory();
  Failure failure = Failure::of(FailureCode::kSyntax, {});
  if (!code.empty() && code[0] == '\x1b') {
    failure.message = "only chunks of text can be loaded, not bytecode";
    return failure;
  }
  std::size_t length = 0;
  const char* text = lua_tolstring(L, -1, &length);
  if (text != nullptr) failure.message.assign(text, length);
  locate_by_message(failure);
  return failure;
}

}  // namespace luaskills::core
