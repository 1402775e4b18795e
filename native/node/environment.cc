#include "node/environment.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "node/napi_calls.h"
#include "node/node_vm.h"

namespace luaskills::node {
namespace {

std::size_t default_lane_count() {
  const unsigned cores = std::thread::hardware_concurrency();
  return std::clamp(cores, 1U, 8U);
}

const char* code_text(core::FailureCode code) {
  switch (code) {
    case core::FailureCode::kSyntax:
      return "LUA_SYNTAX";
    case core::FailureCode::kRuntime:
      return "LUA_RUNTIME";
    case core::FailureCode::kTimeout:
      return "LUA_TIMEOUT";
    case core::FailureCode::kAborted:
      return "LUA_ABORTED";
    case core::FailureCode::kMemory:
      return "LUA_MEMORY";
    case core::FailureCode::kInstructions:
      return "LUA_INSTRUCTIONS";
    case core::FailureCode::kConvert:
      return "LUA_CONVERT";
    case core::FailureCode::kNotFunction:
      return "LUA_NOT_FUNCTION";
    case core::FailureCode::kBusy:
      return "LUA_BUSY";
    case core::FailureCode::kClosed:
      return "LUA_CLOSED";
  }
  return "LUA_RUNTIME";
}

}  // namespace

Environment::Environment(napi_env env)
    : env_(env), lanes_(std::make_unique<core::Lanes>(default_lane_count(), watchdog_)) {
  napi_value name = string(env, "luaskills");
  check(env, napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, this,
                                             &Environment::on_posted, &wakeup_));
  check(env, napi_unref_threadsafe_function(env, wakeup_));
  slot_.measure_stack();
  watchdog_.watch(&slot_);
  check(env, napi_add_env_cleanup_hook(env, &Environment::on_cleanup, this));
}

Environment::~Environment() {
  close();
}

Environment& Environment::of(napi_env env) {
  void* self = nullptr;
  check(env, napi_get_instance_data(env, &self));
  return **static_cast<std::shared_ptr<Environment>*>(self);
}

std::size_t Environment::add_group(FunctionGroup group) {
  groups_.push_back(std::move(group));
  return groups_.size() - 1;
}

bool Environment::set_lane_count(std::size_t count) {
  if (!lanes_->is_idle()) return false;
  lanes_ = std::make_unique<core::Lanes>(count, watchdog_);
  return true;
}

void Environment::set_helper(JsHelper helper, napi_value value) {
  // References hold objects and functions only, so a symbol comes boxed in an array.
  check(env_, napi_create_reference(env_, value, 1, &helpers_[static_cast<int>(helper)]));
}

napi_value Environment::helper(JsHelper helper) {
  return from_reference(env_, helpers_[static_cast<int>(helper)]);
}

napi_value Environment::call_helper(JsHelper helper, std::initializer_list<napi_value> arguments) {
  napi_value result = nullptr;
  check(env_, napi_call_function(env_, undefined(env_), this->helper(helper), arguments.size(),
                                 arguments.begin(), &result));
  return result;
}

void Environment::post(std::function<void()> task) {
  std::lock_guard guard(posted_lock_);
  if (!accepting_) return;
  posted_.push_back(std::move(task));
  // One wake-up serves everything posted until it runs.
  if (posted_.size() == 1) napi_call_threadsafe_function(wakeup_, nullptr, napi_tsfn_nonblocking);
}

void Environment::on_posted(napi_env env, napi_value, void* context, void*) {
  if (env == nullptr) return;  // the environment is closing
  static_cast<Environment*>(context)->run_posted();
}

void Environment::run_posted() {
  std::vector<std::function<void()>> tasks;
  {
    std::lock_guard guard(posted_lock_);
    tasks.swap(posted_);
  }
  for (std::function<void()>& task : tasks) {
    guarded(env_, [&]() -> napi_value {
      HandleScope scope(env_);
      task();
      return nullptr;
    });
  }
}

void Environment::hold() {
  if (holds_++ == 0 && open_) check(env_, napi_ref_threadsafe_function(env_, wakeup_));
}

void Environment::unhold() {
  if (--holds_ == 0 && open_) check(env_, napi_unref_threadsafe_function(env_, wakeup_));
}

void Environment::on_cleanup(void* self) {
  static_cast<Environment*>(self)->close();
}

void Environment::close() {
  if (!open_) return;
  open_ = false;
  for (NodeVm* vm : vms_) vm->end_with_environment();
  watchdog_.wake();
  lanes_->stop();  // runs end by the kill above; nothing of theirs reaches JavaScript any more
  watchdog_.stop();
  {
    std::lock_guard guard(posted_lock_);
    accepting_ = false;
    posted_.clear();
  }
  // A call in flight and its VM hold each other.
  std::vector<std::shared_ptr<NodeVm>> vms;
  for (NodeVm* vm : vms_) vms.push_back(vm->shared_from_this());
  for (const std::shared_ptr<NodeVm>& vm : vms) vm->drop_call();
  for (napi_ref& helper : helpers_) {
    if (helper != nullptr) napi_delete_reference(env_, std::exchange(helper, nullptr));
  }
  napi_release_threadsafe_function(wakeup_, napi_tsfn_abort);
}

napi_value Environment::make_error(const core::Failure& failure) {
  const auto text_or_undefined = [this](const std::string& text) {
    return text.empty() ? undefined(env_) : string(env_, text);
  };
  napi_value value = undefined(env_);
  if (failure.value) value = call_helper(JsHelper::kParse, {string(env_, failure.value->text)});
  return call_helper(JsHelper::kMakeError,
                     {string(env_, code_text(failure.code)), string(env_, failure.message),
                      text_or_undefined(failure.traceback), text_or_undefined(failure.chunk),
                      failure.line == 0 ? undefined(env_) : number(env_, failure.line), value});
}

void Environment::throw_failure(const core::Failure& failure) {
  check(env_, napi_throw(env_, make_error(failure)));
  throw JsException();
}

void Environment::throw_failure(core::FailureCode code, std::string message) {
  throw_failure(core::Failure::of(code, std::move(message)));
}

}  // namespace luaskills::node
