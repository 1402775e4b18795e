#include "node/invocation.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/crossing.h"
#include "core/describe_failure.h"
#include "core/protected_call.h"
#include "node/marshal.h"
#include "node/napi_calls.h"

namespace luaskills::node {

using core::FailureCode;
using core::KillReason;
using core::RunState;
using Where = NodeVm::Where;

namespace {

// Bytes. Who gets a longer text mostly works through all of it at once: json.decode, for one, cannot be
// preempted. That takes longer than the way to a lane.
constexpr std::size_t kLongText = 64 * 1024;

}  // namespace

Invocation::Invocation(NodeVm& vm, bool keeps_to_lanes)
    : vm_(vm),
      vm_alive_(vm.shared_from_this()),
      callee_alive_(vm.callee_ == nullptr ? nullptr : vm.callee_->shared_from_this()),
      keeps_to_lanes_(keeps_to_lanes) {}

Invocation::~Invocation() {
  if (context_ != nullptr) napi_delete_reference(vm_.environment().env(), context_);
}

napi_value Invocation::begin(RunState state, int argument_count) {
  const auto alive = shared_from_this();  // the call may end right here
  napi_env env = vm_.environment().env();
  napi_value promise = nullptr;
  check(env, napi_create_promise(env, &deferred_, &promise));
  std::uint32_t references = 0;
  check(env, napi_reference_ref(env, vm_.wrapper_,
                                &references));  // pending work keeps the VM from being collected
  argument_count_ = argument_count;
  proceed(state);
  return promise;
}

void Invocation::proceed(RunState state) {
  switch (state) {
    case RunState::kPreempted:
      submit(argument_count_);
      return;
    case RunState::kWaiting:
      park();
      return;
    default:
      break;
  }
  // Inline runs call host functions and listeners directly, so nothing else is left.
  napi_throw_error(vm_.environment().env(), nullptr, "the call stopped in a state that cannot be continued");
  throw JsException();
}

void Invocation::submit(int argument_count) {
  argument_count_ = argument_count;
  if (context_ == nullptr) {
    napi_env env = vm_.environment().env();
    check(env, napi_create_reference(env, vm_.environment().call_helper(JsHelper::kCaptureContext, {}), 1,
                                     &context_));
  }
  vm_.where_ = Where::kLane;
  if (!std::exchange(holds_loop_, true)) vm_.environment().hold();
  vm_.environment().lanes().submit(this);
}

napi_status Invocation::call_in_context(napi_value function, std::span<const napi_value> arguments,
                                        napi_value* result) {
  napi_env env = vm_.environment().env();
  if (context_ == nullptr)
    return napi_call_function(env, undefined(env), function, arguments.size(), arguments.data(), result);
  std::vector<napi_value> all{function};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return napi_call_function(env, undefined(env), from_reference(env, context_), all.size(), all.data(),
                            result);
}

void Invocation::park() {
  parked_ = true;
  vm_.where_ = Where::kNowhere;
  core::Run& run = vm_.vm_->run();
  if (run.kill_reason() !=
      KillReason::kNone) {  // for instance aborted by the very function that returned the promise
    end_parked(run.kill_reason());
    return;
  }
  const core::Nanoseconds deadline = run.deadline();
  // A promise of the host's keeps its own loop alive, a deadline of ours has to.
  const bool hold = deadline != 0;
  if (hold != holds_loop_) {
    holds_loop_ = hold;
    hold ? vm_.environment().hold() : vm_.environment().unhold();
  }
  if (deadline != 0) vm_.environment().watchdog().add(this, deadline);
}

void Invocation::unpark() {
  parked_ = false;
  if (vm_.vm_->run().deadline() != 0) vm_.environment().watchdog().remove(this);
}

void Invocation::on_deadline() {
  vm_.environment().post([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->end_parked(KillReason::kTimeout);
  });
}

void Invocation::end_parked(KillReason reason) {
  if (!parked_) return;
  const auto alive = shared_from_this();
  unpark();
  core::Run& run = vm_.vm_->run();
  run.request_kill(reason);
  fail(vm_.environment().make_error(core::describe_kill(run)));
}

void Invocation::on_settled(bool fulfilled, napi_value value) {
  if (parked_) {
    unpark();
    continue_with(fulfilled, value);
  } else {
    answer_blocking(fulfilled, value);
  }
}

void Invocation::continue_with(bool fulfilled, napi_value value) {
  core::Vm& vm = *vm_.vm_;
  core::Run& run = vm.run();
  lua_State* co = run.coroutine();
  std::string error;
  vm_.where_ = Where::kInline;  // the value's own code (toJSON) may abort or close
  if (fulfilled) {
    try {
      push_arguments(vm_.environment(), vm, co, std::span(&value, 1), "result");
    } catch (const JsException&) {
      fulfilled = false;
      error = vm_.take_exception_text();
    }
  } else {
    error = vm_.exception_text(value);
  }
  int count = 1;
  bool on_lane = keeps_to_lanes_;
  if (!fulfilled) {
    lua_settop(co, 0);
    if (!push_values(vm, co, {core::Value::string(std::move(error))})) lua_pushnil(co);
    count = run.prepare_failure(1);
  } else if (lua_type(co, -1) == LUA_TSTRING && lua_objlen(co, -1) > kLongText) {
    on_lane = true;
  }
  on_lane ? submit(count) : continue_here(count);
}

void Invocation::continue_here(int argument_count) {
  const auto alive = shared_from_this();
  Environment& environment = vm_.environment();
  core::Run& run = vm_.vm_->run();
  vm_.where_ = Where::kInline;
  core::Section section(environment.slot(), environment.watchdog(), run, false);
  run.set_budget(vm_.budget_);
  const NodeVm::Ended ended = vm_.resume_here(argument_count);
  section.end();
  if (ended.state == RunState::kDone) {
    finish(ended.value);
  } else if (ended.state == RunState::kFailed) {
    if (ended.error != nullptr) fail(ended.error);
  } else {
    argument_count_ = 0;
    proceed(ended.state);
  }
}

bool Invocation::run_on_lane(core::RunSlot& slot) {
  core::Run& run = vm_.vm_->run();
  Environment& environment = vm_.environment();
  run.set_budget(core::Lanes::kSlice);
  RunState state;
  {
    core::Section section(slot, environment.watchdog(), run, false);
    state = run.resume(std::exchange(argument_count_, 0), slot.stack_limit());
    if (state == RunState::kDone) take_results();
    if (state == RunState::kFailed) failure_ = core::describe_run_failure(run);
  }
  if (state == RunState::kPreempted) return true;
  state_ = state;
  // From here on the JavaScript thread owns this object.
  environment.post([self = shared_from_this()] { self->on_lane_done(); });
  return false;
}

void Invocation::take_results() {
  core::Run& run = vm_.vm_->run();
  lua_State* co = run.coroutine();
  const int count = lua_gettop(co);
  if (vm_.wants_ == Wants::kFunction) return;  // anchored on the JavaScript thread
  const int wanted = vm_.wants_ == Wants::kFirst ? std::min(count, 1) : count;
  for (int i = 1; i <= wanted; i++) {
    const std::string name = vm_.wants_ == Wants::kFirst ? "result" : core::path_step("result", i);
    core::Value value;
    if (callee_alive_ != nullptr && i > callee_alive_->results_read) {
      results_.push_back(core::Value::nil());
      continue;
    }
    core::JsonError error;
    const core::JsonStatus status = core::take_value(co, i, name, run.stop_flag(), value, error);
    if (status != core::JsonStatus::kOk) {
      failure_ = status == core::JsonStatus::kStopped
                     ? core::describe_kill(run)
                     : core::Failure::of(FailureCode::kConvert, core::describe(error));
      return;
    }
    results_.push_back(std::move(value));
  }
}

void Invocation::on_lane_done() {
  Environment& environment = vm_.environment();
  napi_env env = environment.env();
  vm_.where_ = Where::kNowhere;
  switch (state_) {
    case RunState::kDone:
    case RunState::kFailed:
      break;
    case RunState::kHostCall:
      perform_host_call();
      return;
    case RunState::kTick:
      vm_.where_ = Where::kInline;
      vm_.run_tick_listener();
      continue_here(0);
      return;
    default:
      proceed(state_);
      return;
  }
  napi_value value = nullptr;
  bool failed = vm_.tick_error_ != nullptr || failure_.has_value();
  try {
    if (failed) {
      value = vm_.tick_error_ != nullptr ? from_reference(env, vm_.tick_error_)
                                         : environment.make_error(*failure_);
    } else {
      value = vm_.wants_ == Wants::kFunction ? vm_.results_to_js() : results_to_js();
    }
  } catch (const JsException&) {  // for instance a string longer than V8 can hold
    failed = true;
    check(env, napi_get_and_clear_last_exception(env, &value));
  }
  failed ? fail(value) : finish(value);
}

napi_value Invocation::results_to_js() {
  Environment& environment = vm_.environment();
  napi_env env = environment.env();
  if (vm_.wants_ == Wants::kFirst) return results_.empty() ? undefined(env) : to_js(environment, results_[0]);
  if (results_.size() == 1 && results_[0].kind == core::Value::Kind::kString)
    return to_js(environment, results_[0]);
  napi_value array = nullptr;
  check(env, napi_create_array_with_length(env, results_.size(), &array));
  for (std::uint32_t i = 0; i < results_.size(); i++)
    check(env, napi_set_element(env, array, i, to_js(environment, results_[i])));
  return array;
}

void Invocation::perform_host_call() {
  napi_env env = vm_.environment().env();
  core::Run& run = vm_.vm_->run();
  if (run.kill_reason() != KillReason::kNone) {
    continue_here(0);  // dies at its next instruction
    return;
  }
  const core::HostCall call = std::exchange(run.host_call(), {});
  napi_value result = nullptr;
  bool fulfilled = true;
  vm_.where_ = Where::kInline;
  try {
    std::vector<napi_value> arguments;
    for (const core::Value& value : call.arguments) arguments.push_back(to_js(vm_.environment(), value));
    result = vm_.invoke(call.function, arguments, true);
    if (vm_.is_promise(result)) {
      vm_.watch(result, vm_.serial_);
      park();
      return;
    }
  } catch (const JsException&) {
    fulfilled = false;
    check(env, napi_get_and_clear_last_exception(env, &result));
  }
  continue_with(fulfilled, result);
}

bool Invocation::wait_on_lane(core::HostCall call, std::optional<core::Value>& answer) {
  core::Run& run = vm_.vm_->run();
  const core::Lanes::Blocked blocked(vm_.environment().lanes());
  std::unique_lock guard(answer_lock_);
  waits_on_lane_ = true;
  answer_.reset();
  vm_.environment().post(
      [self = shared_from_this(), call = std::move(call)] { self->perform_blocking_call(call); });
  // The kill flag has no condition variable of its own: looked at this often.
  while (!answer_ && run.kill_reason() == KillReason::kNone)
    answered_.wait_for(guard, std::chrono::milliseconds(2));
  waits_on_lane_ = false;
  answer = std::exchange(answer_, std::nullopt);
  return answer_fulfilled_ && answer.has_value();
}

void Invocation::perform_blocking_call(const core::HostCall& call) {
  napi_env env = vm_.environment().env();
  {
    std::lock_guard guard(answer_lock_);
    if (!waits_on_lane_) return;  // killed meanwhile
  }
  napi_value result = nullptr;
  try {
    if (call.function == kTickListener) {
      vm_.run_tick_listener();
      result = undefined(env);
    } else {
      std::vector<napi_value> arguments;
      for (const core::Value& value : call.arguments) arguments.push_back(to_js(vm_.environment(), value));
      result = vm_.invoke(call.function, arguments, true);
      if (vm_.is_promise(result)) {
        vm_.watch(result, vm_.serial_);
        return;
      }
    }
  } catch (const JsException&) {
    check(env, napi_get_and_clear_last_exception(env, &result));
    answer_blocking(false, result);
    return;
  }
  answer_blocking(true, result);
}

void Invocation::answer_blocking(bool fulfilled, napi_value value) {
  core::Value answer;
  if (fulfilled) {
    try {
      answer = copy_value(vm_.environment(), value, "result");
    } catch (const JsException&) {
      fulfilled = false;
      answer = core::Value::string(vm_.take_exception_text());
    }
  } else {
    answer = core::Value::string(vm_.exception_text(value));
  }
  {
    std::lock_guard guard(answer_lock_);
    if (!waits_on_lane_) return;
    answer_fulfilled_ = fulfilled;
    answer_ = std::move(answer);
  }
  answered_.notify_one();
}

void Invocation::finish(napi_value value) {
  napi_deferred deferred = deferred_;
  napi_env env = vm_.environment().env();
  release(false);
  check(env, napi_resolve_deferred(env, deferred, value));
}

void Invocation::fail(napi_value error) {
  napi_deferred deferred = deferred_;
  napi_env env = vm_.environment().env();
  release(true);
  check(env, napi_reject_deferred(env, deferred, error));
}

void Invocation::release(bool failed) {
  const auto alive = shared_from_this();
  Environment& environment = vm_.environment();
  if (std::exchange(holds_loop_, false)) environment.unhold();
  vm_.pending_.reset();
  napi_ref wrapper = vm_.wrapper_;
  vm_.leave(failed);
  std::uint32_t references = 0;
  check(environment.env(), napi_reference_unref(environment.env(), wrapper, &references));
}

}  // namespace luaskills::node
