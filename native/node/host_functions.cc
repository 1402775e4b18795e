// The bridge from Lua to JavaScript functions.
#include <array>
#include <vector>

#include "core/crossing.h"
#include "node/invocation.h"
#include "node/marshal.h"
#include "node/napi_calls.h"
#include "node/node_vm.h"

namespace luaskills::node {

using core::RunState;

int NodeVm::call(lua_State* L, core::Vm& vm, std::uint32_t function) {
  const HostOutcome outcome = where_ == Where::kLane ? call_from_lane(L, function) : call_here(L, function);
  // Raising and yielding leave by unwinding: nothing with a destructor may be alive here.
  switch (outcome) {
    case HostOutcome::kReturned:
      return 1;
    case HostOutcome::kRaised:
      return lua_error(L);
    case HostOutcome::kWaits:
      return vm.run().yield_for(L, RunState::kWaiting);
    case HostOutcome::kElsewhere:
      break;
  }
  return vm.run().yield_for(L, RunState::kHostCall);
}

NodeVm::HostOutcome NodeVm::call_here(lua_State* L, std::uint32_t function) {
  napi_env env = environment_.env();
  if (!environment_.is_open() || where_ == Where::kNowhere) {
    lua_pushliteral(L, "host functions cannot be called here");
    return HostOutcome::kRaised;
  }
  std::string error;
  try {
    const HandleScope scope(env);
    constexpr std::size_t kInlineArguments = 8;
    std::array<napi_value, kInlineArguments> storage;
    std::vector<napi_value> many;
    const auto count = static_cast<std::size_t>(lua_gettop(L));
    napi_value* arguments = storage.data();
    if (count > kInlineArguments) {
      many.resize(count);
      arguments = many.data();
    }
    for (std::size_t i = 0; i < count; i++) {
      const int index = static_cast<int>(i) + 1;
      switch (lua_type(L, index)) {
        case LUA_TNUMBER:
        case LUA_TBOOLEAN:
        case LUA_TNIL:
          arguments[i] = to_js(environment_, vm_->run(), L, index, {});
          break;
        default:
          arguments[i] = argument_to_js(function, L, index);
      }
    }
    const bool may_wait = where_ == Where::kInline && vm_->run().can_wait(L);
    napi_value result = invoke(function, {arguments, count}, may_wait);
    if (!is_promise(result)) {
      push_result(L, result);
      return HostOutcome::kReturned;
    }
    if (may_wait) {
      watch(result, serial_);
      return HostOutcome::kWaits;
    }
    watch(result, kNobody);  // its rejection must not become an unhandled one
    error = path_of(function);
    error += where_ == Where::kSync ? ": returned a promise, and a synchronous call cannot wait for it"
                                    : ": returned a promise, and Lua cannot wait below a C function (a "
                                      "table.sort comparator, a string.gsub replacement)";
  } catch (const JsException&) {
    error = take_exception_text();
  }
  lua_pushlstring(L, error.data(), error.size());
  return HostOutcome::kRaised;
}

NodeVm::HostOutcome NodeVm::call_from_lane(lua_State* L, std::uint32_t function) {
  if (function == Invocation::kTickListener) {  // debug.setupvalue reaches the number
    lua_pushliteral(L, "there is no such host function");
    return HostOutcome::kRaised;
  }
  core::Run& run = vm_->run();
  core::HostCall call;
  call.function = function;
  const int count = lua_gettop(L);
  for (int i = 1; i <= count; i++) {
    core::Value value;
    core::JsonError error;
    const std::string name = core::path_step("args", i);
    const core::JsonStatus status = core::take_value(L, i, name, run.stop_flag(), value, error);
    if (status != core::JsonStatus::kOk) {
      if (status == core::JsonStatus::kInvalid && judges_arguments(function)) {
        if (auto uncrossable = core::take_uncrossable(L, i)) {
          call.arguments.push_back(*std::move(uncrossable));
          continue;
        }
      }
      const std::string text = core::describe(error);
      lua_pushlstring(L, text.data(), text.size());
      return HostOutcome::kRaised;
    }
    call.arguments.push_back(std::move(value));
  }
  if (run.can_wait(L)) {
    run.host_call() = std::move(call);
    return HostOutcome::kElsewhere;
  }
  std::optional<core::Value> answer;
  const bool fulfilled = pending_->wait_on_lane(std::move(call), answer);
  if (!answer) {
    lua_pushstring(L, core::kill_text(run.kill_reason()));
    return HostOutcome::kRaised;
  }
  core::push_value(L, *answer);
  return fulfilled ? HostOutcome::kReturned : HostOutcome::kRaised;
}

bool NodeVm::judges_arguments(std::uint32_t function) const {
  return function < host_functions_.size() && host_functions_[function].path == nullptr;
}

napi_value NodeVm::argument_to_js(std::uint32_t function, lua_State* L, int index) {
  const std::string name = core::path_step("args", index);
  try {
    return to_js(environment_, vm_->run(), L, index, name);
  } catch (const JsException&) {
    const auto uncrossable = judges_arguments(function) && vm_->run().kill_reason() == core::KillReason::kNone
                                 ? core::take_uncrossable(L, index)
                                 : std::nullopt;
    if (!uncrossable) throw;
    napi_value ignored = nullptr;
    check(environment_.env(), napi_get_and_clear_last_exception(environment_.env(), &ignored));
    return to_js(environment_, *uncrossable);
  }
}

napi_value NodeVm::invoke(std::uint32_t function, std::span<const napi_value> arguments, bool may_wait) {
  napi_env env = environment_.env();
  if (function >= host_functions_.size()) {  // debug.setupvalue reaches the number
    napi_throw_error(env, nullptr, "there is no such host function");
    throw JsException();
  }
  if (host_functions_[function].function == nullptr)
    make_group(host_groups_[host_functions_[function].group]);
  const HostFunction& host = host_functions_[function];
  return call_function(!may_wait && host.synchronous != nullptr ? host.synchronous : host.function,
                       arguments);
}

void NodeVm::make_group(const HostGroup& group) {
  napi_env env = environment_.env();
  napi_value functions = call_function(group.make, {});
  for (std::size_t i = 0; i < 2 * group.group->names.size(); i++) {
    napi_value function = nullptr;
    check(env, napi_get_element(env, functions, static_cast<std::uint32_t>(i), &function));
    if (type_of(env, function) != napi_function) continue;
    HostFunction& host = host_functions_[group.first + i / 2];
    // Weak, as everywhere: the wrapper holds the functions.
    check(env, napi_create_reference(env, function, 0, i % 2 == 0 ? &host.function : &host.synchronous));
  }
}

std::string NodeVm::path_of(std::uint32_t function) const {
  const HostFunction& host = host_functions_[function];
  if (host.path != nullptr) return *host.path;
  const HostGroup& group = host_groups_[host.group];
  return group.group->path + "." + group.group->names[function - group.first];
}

napi_value NodeVm::call_function(napi_ref function, std::span<const napi_value> arguments) {
  napi_env env = environment_.env();
  napi_value result = nullptr;
  const napi_status status = call_js(function, arguments, &result);
  bool pending = false;
  if (status != napi_ok && napi_is_exception_pending(env, &pending) == napi_ok && !pending) {
    // JavaScript was terminated (a worker's terminate()): Lua must not go on without it.
    vm_->run().kill_here(core::KillReason::kClosed);
  }
  check(env, status);
  return result;
}

napi_status NodeVm::call_js(napi_ref function, std::span<const napi_value> arguments, napi_value* result) {
  napi_env env = environment_.env();
  napi_value callee = from_reference(env, function);
  if (pending_ != nullptr) return pending_->call_in_context(callee, arguments, result);
  return napi_call_function(env, undefined(env), callee, arguments.size(), arguments.data(), result);
}

bool NodeVm::is_promise(napi_value value) {
  bool result = false;
  check(environment_.env(), napi_is_promise(environment_.env(), value, &result));
  return result;
}

void NodeVm::watch(napi_value promise, std::uint64_t serial) {
  napi_env env = environment_.env();
  environment_.call_helper(
      JsHelper::kWatch, {promise, from_reference(env, wrapper_), number(env, static_cast<double>(serial))});
}

void NodeVm::push_result(lua_State* L, napi_value value) {
  napi_env env = environment_.env();
  switch (type_of(env, value)) {
    case napi_undefined:
    case napi_null:
      lua_pushnil(L);
      return;
    case napi_boolean:
      lua_pushboolean(L, to_bool(env, value) ? 1 : 0);
      return;
    case napi_number:
      lua_pushnumber(L, to_double(env, value));
      return;
    default:
      break;
  }
  const core::Value copy = copy_value(environment_, value, "result");
  core::push_value(L, copy);
}

bool NodeVm::tick_here(core::Vm&) {
  if (where_ == Where::kLane) return false;
  run_tick_listener();
  return true;
}

void NodeVm::tick_blocking(core::Vm&) {
  std::optional<core::Value> answer;
  core::HostCall call;
  call.function = Invocation::kTickListener;
  pending_->wait_on_lane(std::move(call), answer);
}

void NodeVm::run_tick_listener() {
  napi_env env = environment_.env();
  try {
    const HandleScope scope(env);
    napi_value verdict = nullptr;
    check(env, call_js(on_tick_, {}, &verdict));
    if (type_of(env, verdict) == napi_string && to_string(env, verdict) == "abort") {
      vm_->run().request_kill(core::KillReason::kAborted);
    }
  } catch (const JsException&) {
    napi_value error = nullptr;
    if (napi_get_and_clear_last_exception(env, &error) == napi_ok && tick_error_ == nullptr) {
      // References hold objects only: `throw "text"` ends the call as aborted.
      if (type_of(env, error) == napi_object) napi_create_reference(env, error, 1, &tick_error_);
    }
    vm_->run().request_kill(core::KillReason::kAborted);
  }
}

std::string NodeVm::take_exception_text() {
  napi_value error = nullptr;
  if (napi_get_and_clear_last_exception(environment_.env(), &error) != napi_ok)
    return "the environment is closing";
  return exception_text(error);
}

std::string NodeVm::exception_text(napi_value error) {
  napi_env env = environment_.env();
  try {
    if (type_of(env, error) == napi_object) {
      napi_value message = nullptr;
      check(env, napi_get_named_property(env, error, "message", &message));
      if (type_of(env, message) == napi_string) return to_string(env, message);
    }
    napi_value text = nullptr;
    check(env, napi_coerce_to_string(env, error, &text));
    return to_string(env, text);
  } catch (const JsException&) {
    napi_value ignored = nullptr;
    napi_get_and_clear_last_exception(env, &ignored);
    return "an error that cannot be shown";
  }
}

}  // namespace luaskills::node
