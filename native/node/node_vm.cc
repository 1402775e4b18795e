#include "node/node_vm.h"

#include <utility>

#include "core/crossing.h"
#include "core/describe_failure.h"
#include "core/json.h"
#include "core/protected_call.h"
#include "core/vm_internals.h"
#include "node/invocation.h"
#include "node/marshal.h"
#include "node/napi_calls.h"

namespace luaskills::node {

using core::FailureCode;
using core::RunState;

namespace {

// What V8 should know about memory it cannot see.
constexpr std::int64_t kExternalBytesPerVm = 64 * 1024;

// The wrapper holds what it refers to (hostFunctions in src/vm/binding.ts). A strong one would keep a LuaVm
// that a host function captures for ever.
napi_ref weak_reference(napi_env env, napi_value value) {
  napi_ref reference = nullptr;
  check(env, napi_create_reference(env, value, 0, &reference));
  return reference;
}

}  // namespace

NodeVm::NodeVm(std::shared_ptr<Environment> environment, core::Nanoseconds budget)
    : environment_alive_(std::move(environment)), environment_(*environment_alive_), budget_(budget) {
  environment_.add(this);
}

NodeVm::~NodeVm() {
  // Also while the environment closes: references can be deleted until its last finalizer has run, and nobody
  // else would.
  close_core();
  if (environment_.is_open()) environment_.remove(this);
  if (wrapper_ != nullptr) napi_delete_reference(environment_.env(), wrapper_);
}

void NodeVm::open(const core::VmOptions& options) {
  vm_ = core::Vm::open(options, *this, environment_.bootstrap());
  if (vm_ == nullptr) environment_.throw_failure(core::out_of_memory());
  std::int64_t total = 0;
  napi_adjust_external_memory(environment_.env(), kExternalBytesPerVm, &total);
}

core::Vm& NodeVm::idle_vm(const char* what) {
  if (is_closed()) environment_.throw_failure(FailureCode::kClosed, std::string(what) + ": the VM is closed");
  if (busy_)
    environment_.throw_failure(FailureCode::kBusy, std::string(what) + ": the VM is busy with another call");
  return *vm_;
}

void NodeVm::enter(const Callee& callee, std::span<const napi_value> arguments, const CallOptions* options,
                   Wants wants) {
  if (callee.function != nullptr && callee.function->is_released()) {
    environment_.throw_failure(FailureCode::kNotFunction, "the function handle was released");
  }
  core::Run& run = vm_->run();
  const core::RunLimits limits = options == nullptr ? core::RunLimits() : options->limits();
  if (!run.begin(options == nullptr ? nullptr : &limits)) environment_.throw_failure(core::out_of_memory());
  busy_ = true;
  serial_++;
  wants_ = wants;
  callee_ = callee.function;
  lua_State* co = run.coroutine();
  if (callee.function != nullptr) {
    vm_->set_coroutine_environment(callee.function->handle.environment);
    lua_rawgeti(co, LUA_REGISTRYINDEX, callee.function->handle.function);
  } else {
    vm_->set_coroutine_environment(callee.environment);
    lua_xmove(vm_->state(), co, 1);
  }
  try {
    if (callee.function != nullptr && callee.function->takes_json && arguments.size() == 1) {
      push_json_argument(environment_, *vm_, co, arguments[0]);
    } else {
      push_arguments(environment_, *vm_, co, arguments,
                     callee.function == nullptr ? "args" : std::string_view());
    }
    if (options != nullptr && options->on_tick != nullptr) {
      check(environment_.env(), napi_create_reference(environment_.env(), options->on_tick, 1, &on_tick_));
    }
  } catch (const JsException&) {
    leave(true);
    throw;
  }
  argument_count_ = static_cast<int>(arguments.size());
}

void NodeVm::leave(bool failed) {
  core::Run& run = vm_->run();
  if (callee_ != nullptr && run.overran_boundary()) callee_->handle.start_on_lane = true;
  if (failed) {
    vm_->retire_coroutine();
  } else {
    lua_settop(run.coroutine(), 0);
  }
  run.end();
  where_ = Where::kNowhere;
  callee_ = nullptr;
  busy_ = false;
  if (on_tick_ != nullptr) [[unlikely]]
    forget_tick_listener();
  if (closing_) close_core();
}

void NodeVm::forget_tick_listener() {
  for (napi_ref* reference : {&on_tick_, &tick_error_}) {
    if (*reference != nullptr && environment_.is_open())
      napi_delete_reference(environment_.env(), *reference);
    *reference = nullptr;
  }
}

napi_value NodeVm::results_to_js() {
  napi_env env = environment_.env();
  core::Run& run = vm_->run();
  lua_State* co = run.coroutine();
  const int count = lua_gettop(co);
  switch (wants_) {
    case Wants::kFirst:
      return count == 0 ? undefined(env) : to_js(environment_, run, co, 1, "result");
    case Wants::kAll: {
      if (count == 1 && lua_type(co, 1) == LUA_TSTRING) return to_js(environment_, run, co, 1, "result[1]");
      napi_value array = nullptr;
      check(env, napi_create_array_with_length(env, static_cast<std::size_t>(count), &array));
      for (int i = 1; i <= count; i++) {
        const bool read = callee_ == nullptr || i <= callee_->results_read;
        const napi_value value =
            read ? to_js(environment_, run, co, i, core::path_step("result", i)) : null(env);
        check(env, napi_set_element(env, array, static_cast<std::uint32_t>(i - 1), value));
      }
      return array;
    }
    case Wants::kFunction:
      break;
  }
  return function_result();
}

napi_value NodeVm::function_result() {
  lua_State* co = vm_->run().coroutine();
  lua_State* L = vm_->state();
  if (!lua_isfunction(co, 1)) {
    environment_.throw_failure(FailureCode::kNotFunction,
                               std::string("the chunk must return a function, but returned ") +
                                   (lua_gettop(co) == 0 ? "nothing" : luaL_typename(co, 1)));
  }
  core::FunctionHandle handle;
  lua_settop(co, 1);
  const int status = core::protected_call(L, [&] {
    lua_xmove(co, L, 1);
    handle.function = vm_->anchor(L);
  });
  if (status != 0) {
    lua_settop(L, 0);
    environment_.throw_failure(core::out_of_memory());
  }
  handle.environment = vm_->coroutine_environment();
  return make_function_object(environment_.env(),
                              std::make_shared<AnchoredFunction>(shared_from_this(), handle));
}

NodeVm::Ended NodeVm::resume_here(int argument_count) {
  napi_env env = environment_.env();
  core::Run& run = vm_->run();
  Ended ended{run.resume(argument_count, environment_.slot().stack_limit())};
  try {
    if (ended.state == RunState::kDone) {
      ended.value = results_to_js();
    } else if (ended.state == RunState::kFailed) {
      const core::Failure failure = core::describe_run_failure(run);
      ended.error =
          tick_error_ != nullptr ? from_reference(env, tick_error_) : environment_.make_error(failure);
    }
  } catch (const JsException&) {
    ended.state = RunState::kFailed;
    napi_get_and_clear_last_exception(env, &ended.error);
  }
  return ended;
}

napi_value NodeVm::leave_with(const Ended& ended) {
  leave(ended.state != RunState::kDone);
  if (ended.state == RunState::kDone) return ended.value;
  if (ended.error != nullptr) check(environment_.env(), napi_throw(environment_.env(), ended.error));
  throw JsException();
}

napi_value NodeVm::call_sync(const Callee& callee, std::span<const napi_value> arguments,
                             const CallOptions* options, Wants wants) {
  idle_vm("callSync");
  enter(callee, arguments, options, wants);
  where_ = Where::kSync;
  core::Run& run = vm_->run();
  const core::Run* outer = environment_.slot().current();
  // Without a deadline, its own or that of the run around it, only host functions on this thread could stop
  // the call.
  if (run.deadline() == 0 && (outer == nullptr || outer->deadline() == 0)) [[likely]] {
    return leave_with(resume_here(argument_count_));
  }
  core::Section section(environment_.slot(), environment_.watchdog(), run, true);
  const Ended ended = resume_here(argument_count_);
  section.end();
  return leave_with(ended);
}

napi_value NodeVm::start(const Callee& callee, std::span<const napi_value> arguments,
                         const CallOptions* options, Wants wants) {
  if (!is_closed() && busy_) return environment_.helper(JsHelper::kBusy);
  idle_vm("call");
  const Start where = options == nullptr ? Start::kAuto : options->start;
  const bool on_lane = where == Start::kLane || (where == Start::kAuto && callee.function != nullptr &&
                                                 callee.function->handle.start_on_lane);
  enter(callee, arguments, options, wants);
  if (on_lane) {
    pending_ = std::make_shared<Invocation>(*this, where == Start::kLane);
    return pending_->begin(RunState::kPreempted, argument_count_);
  }
  where_ = Where::kInline;
  core::Run& run = vm_->run();
  core::Section section(environment_.slot(), environment_.watchdog(), run, false);
  run.set_budget(budget_);
  const Ended ended = resume_here(argument_count_);
  section.end();
  if (ended.state == RunState::kDone || ended.state == RunState::kFailed) return leave_with(ended);
  pending_ = std::make_shared<Invocation>(*this, false);
  return pending_->begin(ended.state, 0);
}

void NodeVm::stop(std::uint64_t serial, core::KillReason reason) {
  if (!busy_ || serial != serial_) return;
  if (pending_ != nullptr && where_ == Where::kNowhere) {
    pending_->end_parked(reason);
  } else if (where_ == Where::kLane) {
    vm_->run().request_kill(reason);
    environment_.watchdog().wake();
  } else {
    vm_->run().kill_here(reason);
  }
}

void NodeVm::settle(std::uint64_t serial, bool fulfilled, napi_value value) {
  if (busy_ && serial == serial_ && pending_ != nullptr) pending_->on_settled(fulfilled, value);
}

void NodeVm::close() {
  if (is_closed()) return;
  closing_ = true;
  if (!busy_) {
    close_core();
  } else if (pending_ != nullptr && where_ == Where::kNowhere) {
    pending_->end_parked(core::KillReason::kClosed);
  } else if (where_ == Where::kLane) {
    vm_->run().request_kill(core::KillReason::kClosed);
    environment_.watchdog().wake();
  } else {
    vm_->run().kill_here(core::KillReason::kClosed);
  }
}

void NodeVm::close_core() {
  if (vm_ == nullptr) return;
  broken_ = broken_ || vm_->is_broken();
  vm_.reset();
  for (const HostFunction& host : host_functions_) {
    for (napi_ref reference : {host.function, host.synchronous}) {
      if (reference != nullptr) napi_delete_reference(environment_.env(), reference);
    }
  }
  for (const HostGroup& group : host_groups_) napi_delete_reference(environment_.env(), group.make);
  host_functions_.clear();
  host_groups_.clear();
  if (!environment_.is_open()) return;
  std::int64_t total = 0;
  napi_adjust_external_memory(environment_.env(), -kExternalBytesPerVm, &total);
}

void NodeVm::end_with_environment() {
  closing_ = true;
  if (busy_) vm_->run().request_kill(core::KillReason::kClosed);
}

void NodeVm::drop_call() {
  close_core();
  callee_ = nullptr;
  pending_.reset();
}

void NodeVm::change(const char* what, const std::function<void(core::Vm&, lua_State*)>& body) {
  core::Vm& vm = idle_vm(what);
  lua_State* L = vm.state();
  const int status = core::protected_call(L, [&] { body(vm, L); });
  const std::string message = status != 0 && lua_isstring(L, -1) != 0 ? lua_tostring(L, -1) : "";
  lua_settop(L, 0);
  if (status == LUA_ERRMEM) environment_.throw_failure(core::out_of_memory());
  if (status != 0) environment_.throw_failure(FailureCode::kConvert, std::string(what) + ": " + message);
}

void NodeVm::register_function(std::string_view path, napi_value function, napi_value synchronous) {
  napi_env env = environment_.env();
  const auto id = static_cast<std::uint32_t>(host_functions_.size());
  change("register", [&](core::Vm& vm, lua_State* L) {
    vm.push_host_function(L, id);
    vm.store_path(L, path);
  });
  HostFunction host;
  host.path = std::make_unique<const std::string>(path);
  host.function = weak_reference(env, function);
  if (type_of(env, synchronous) == napi_function) host.synchronous = weak_reference(env, synchronous);
  host_functions_.push_back(std::move(host));
}

std::size_t NodeVm::register_group(const FunctionGroup& group, napi_value make) {
  if (is_closed()) environment_.throw_failure(FailureCode::kClosed, "register: the VM is closed");
  const std::size_t first = host_functions_.size();
  const std::size_t number = host_groups_.size();
  host_groups_.push_back({&group, weak_reference(environment_.env(), make), first});
  host_functions_.resize(first + group.names.size());
  for (std::size_t i = first; i < host_functions_.size(); i++) host_functions_[i].group = number;
  return number;
}

void NodeVm::push_functions(lua_State* L, core::Vm& vm, std::size_t number) {
  if (number >= host_groups_.size()) luaL_error(L, "there is no such group of host functions");
  const HostGroup& group = host_groups_[number];
  const std::vector<std::string>& names = group.group->names;
  lua_createtable(L, 0, static_cast<int>(names.size()));
  for (std::size_t i = 0; i < names.size(); i++) {
    vm.push_host_function(L, static_cast<std::uint32_t>(group.first + i));
    lua_setfield(L, -2, names[i].c_str());
  }
}

napi_value NodeVm::function_at(const std::string& path, const std::string& environment, int results_read,
                               bool takes_json) {
  core::Vm& vm = idle_vm("getFunction");
  lua_State* L = vm.state();
  core::FunctionHandle handle;
  std::string found;
  const int status = core::protected_call(L, [&] {
    vm.push_path(L, path);
    if (lua_isfunction(L, -1)) {
      handle.function = vm.anchor(L);
    } else {
      found = luaL_typename(L, -1);
      return;
    }
    if (environment.empty()) return;
    vm.push_path(L, environment);
    luaL_checktype(L, -1, LUA_TTABLE);
    handle.environment = vm.anchor(L);
    handle.owns_environment = true;
  });
  lua_settop(L, 0);
  if (status == LUA_ERRMEM) environment_.throw_failure(core::out_of_memory());
  if (status != 0)
    environment_.throw_failure(FailureCode::kNotFunction, "getFunction: " + environment + " is not a table");
  if (handle.function == LUA_NOREF) {
    environment_.throw_failure(
        FailureCode::kNotFunction,
        "getFunction: " + path + " is " + (found == "nil" ? "not defined" : "a " + found));
  }
  const auto function = std::make_shared<AnchoredFunction>(shared_from_this(), handle);
  if (results_read > 0) function->results_read = results_read;
  function->takes_json = takes_json;
  return make_function_object(environment_.env(), function);
}

void NodeVm::release_reference(int reference) {
  if (vm_ != nullptr) vm_->release_later(reference);
}

}  // namespace luaskills::node
