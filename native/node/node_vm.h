// The native half of LuaVm: one core VM, its host functions, and the one call that may be in progress on it.
#pragma once

#include <node_api.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/vm.h"
#include "node/call_options.h"
#include "node/environment.h"
#include "node/function_binding.h"

namespace luaskills::node {

class Invocation;

// What to call: an anchored function, or the chunk on top of the VM's main stack with the environment it runs
// in.
struct Callee {
  AnchoredFunction* function = nullptr;
  int environment = LUA_NOREF;
};

class NodeVm final : public core::HostBridge, public std::enable_shared_from_this<NodeVm> {
 public:
  NodeVm(std::shared_ptr<Environment> environment, core::Nanoseconds budget);
  ~NodeVm() override;
  // Throws LUA_MEMORY when the limit is too small for the libraries.
  void open(const core::VmOptions& options);

  // The JavaScript object around this; held strongly while a call is pending.
  void set_wrapper(napi_ref wrapper) { wrapper_ = wrapper; }
  [[nodiscard]] napi_ref wrapper() const { return wrapper_; }

  // Runs to the end. Throws what went wrong. `options`: null when there are none.
  napi_value call_sync(const Callee& callee, std::span<const napi_value> arguments,
                       const CallOptions* options, Wants wants);
  // Runs inline for the budget: returns the result, or a promise when the call goes on elsewhere. Returns the
  // kBusy helper's value when another call is in progress.
  napi_value start(const Callee& callee, std::span<const napi_value> arguments, const CallOptions* options,
                   Wants wants);

  // Ends the call with this serial if it is still the current one.
  // Ends the run of this serial, wherever it is.
  void stop(std::uint64_t serial, core::KillReason reason);
  // A promise that a host function waited for has settled.
  void settle(std::uint64_t serial, bool fulfilled, napi_value value);
  [[nodiscard]] std::uint64_t serial() const { return serial_; }

  void close();
  [[nodiscard]] bool is_closed() const { return vm_ == nullptr || closing_; }
  [[nodiscard]] bool is_busy() const { return busy_; }
  // Something that the runtime guards was changed by Lua code.
  [[nodiscard]] bool is_tampered() const { return vm_ != nullptr && vm_->is_tampered(); }
  [[nodiscard]] bool is_broken() const { return broken_ || (vm_ != nullptr && !busy_ && vm_->is_broken()); }
  [[nodiscard]] std::size_t memory_used() const { return vm_ == nullptr ? 0 : vm_->memory_used(); }

  // For everything that touches the VM outside a call: throws LUA_CLOSED or LUA_BUSY.
  core::Vm& idle_vm(const char* what);

  // Runs `body` on the idle VM so that Lua errors become JavaScript ones; the stack is empty afterwards.
  void change(const char* what, const std::function<void(core::Vm&, lua_State*)>& body);

  // `synchronous` answers where the call cannot wait; undefined: `function` does.
  void register_function(std::string_view path, napi_value function, napi_value synchronous);
  // Takes in a group and returns its number on this VM; also while the VM waits for JavaScript. Lua code of
  // ours gets the functions from the toolbox. Their JavaScript ones come from `make()` at the first call of
  // any of them: an array of function, synchronous one or undefined, next function and so on.
  std::size_t register_group(const FunctionGroup& group, napi_value make);
  // `environment`: path of the table that becomes the environment of its runs; "" for the VM's globals.
  napi_value function_at(const std::string& path, const std::string& environment, int results_read,
                         bool takes_json);
  void release_reference(int reference);

  Environment& environment() { return environment_; }

  // The environment is closing: no JavaScript from here on.
  void end_with_environment();
  // After that, when nothing runs any more: frees the core and the call that nobody will settle.
  void drop_call();
  void close_core();

  enum class Where { kNowhere, kSync, kInline, kLane };

  // core::HostBridge
  int call(lua_State* L, core::Vm& vm, std::uint32_t function) override;
  void push_functions(lua_State* L, core::Vm& vm, std::size_t group) override;
  bool tick_here(core::Vm& vm) override;
  void tick_blocking(core::Vm& vm) override;

 private:
  friend class Invocation;

  enum class HostOutcome { kReturned, kRaised, kWaits, kElsewhere };

  struct HostFunction {
    napi_ref function = nullptr;              // null in a group that was not called yet
    napi_ref synchronous = nullptr;           // null: there is none
    std::unique_ptr<const std::string> path;  // null in a group, which knows the names
    std::size_t group = 0;
  };
  struct HostGroup {
    const FunctionGroup* group;  // owned by the environment
    napi_ref make;
    std::size_t first;
  };

  // A call's beginning and end, on the JavaScript thread.
  struct Ended {
    core::RunState state;
    napi_value value = nullptr;  // after kDone
    napi_value error = nullptr;  // after kFailed, or when a result cannot cross
  };
  void enter(const Callee& callee, std::span<const napi_value> arguments, const CallOptions* options,
             Wants wants);
  void leave(bool failed);
  void forget_tick_listener();
  // Resumes on the JavaScript thread, inside a section where one is needed, and takes the result while it
  // still counts as running.
  Ended resume_here(int argument_count);
  // leave(), then the value or the exception.
  napi_value leave_with(const Ended& ended);
  napi_value results_to_js();
  napi_value function_result();

  // Host functions (host_functions.cc).
  HostOutcome call_here(lua_State* L, std::uint32_t function);
  HostOutcome call_from_lane(lua_State* L, std::uint32_t function);
  // Functions of groups check what they get, so they also get what cannot cross: bytes, and the type of
  // anything else.
  bool judges_arguments(std::uint32_t function) const;
  napi_value argument_to_js(std::uint32_t function, lua_State* L, int index);
  // `may_wait`: a promise can be waited for; else the synchronous form is called where there is one.
  napi_value invoke(std::uint32_t function, std::span<const napi_value> arguments, bool may_wait);
  // The JavaScript functions of a group's first call.
  void make_group(const HostGroup& group);
  std::string path_of(std::uint32_t function) const;
  napi_value call_function(napi_ref function, std::span<const napi_value> arguments);
  napi_status call_js(napi_ref function, std::span<const napi_value> arguments, napi_value* result);
  bool is_promise(napi_value value);
  // Tells settle() when the promise has settled. kNobody: no call waits for it.
  static constexpr std::uint64_t kNobody = 0;
  void watch(napi_value promise, std::uint64_t serial);
  void push_result(lua_State* L, napi_value value);
  void run_tick_listener();
  // The pending JavaScript exception (or `error`) as the text of a Lua error.
  std::string take_exception_text();
  std::string exception_text(napi_value error);

  const std::shared_ptr<Environment> environment_alive_;
  Environment& environment_;
  const core::Nanoseconds budget_;
  std::unique_ptr<core::Vm> vm_;
  napi_ref wrapper_ = nullptr;
  std::vector<HostFunction> host_functions_;
  std::vector<HostGroup> host_groups_;

  std::uint64_t serial_ = 0;
  bool busy_ = false;
  bool closing_ = false;
  bool broken_ = false;
  Where where_ = Where::kNowhere;
  Wants wants_ = Wants::kFirst;
  int argument_count_ = 0;
  AnchoredFunction* callee_ = nullptr;
  napi_ref on_tick_ = nullptr;
  napi_ref tick_error_ = nullptr;
  std::shared_ptr<Invocation> pending_;
};

}  // namespace luaskills::node
