// One invocation: a coroutine on a VM that can be started, yielded, resumed on another thread, and killed.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "clock.h"
#include "lua_api.h"
#include "value.h"

namespace luaskills::core {

class RunSlot;
class Section;
class Vm;
class Watchdog;

enum class KillReason : std::uint32_t { kNone, kTimeout, kAborted, kInstructions, kClosed };

// What a killed call says, in Lua and in JavaScript.
const char* kill_text(KillReason reason);

// How a resume came back.
enum class RunState {
  kDone,       // results are on the coroutine's stack, from index 1
  kFailed,     // status() says how; the error value is on top of the coroutine's stack
  kPreempted,  // its budget is used up: resume with nothing, on any thread
  kWaiting,    // a host function waits: resume with its results, or with fail_with()
  kHostCall,   // a host function must run on the JS thread: host_call() says which
  kTick,       // the instruction hook's listener must run on the JS thread: resume with nothing
};

// A host function called where JavaScript cannot run.
struct HostCall {
  std::uint32_t function = 0;
  Values arguments;
};

// What the caller asked for.
struct RunLimits {
  Nanoseconds deadline = 0;                // absolute; 0: none
  std::uint64_t instructions = 0;          // 0: no limit
  std::uint64_t tick_every = 0;            // instructions between two calls of the listener; 0: none
  std::optional<bool> jit = std::nullopt;  // this run only; default: as the VM is set
};

class Run {
 public:
  explicit Run(Vm& vm) : vm_(vm) {}
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  // Begins a new invocation; push the function and its arguments onto coroutine() next. False: no memory for
  // a coroutine.
  [[nodiscard]] bool begin(const RunLimits* limits = nullptr);
  // Ends it: the VM is as before, hooks, collector and compiler included.
  void end();
  // Has end() clean up; without it an invocation costs only the coroutine.
  void touch() { touched_ = true; }

  // Runs until the coroutine returns, fails or yields. Call inside a Section when anything may want to stop
  // it. `stack_limit`: of the calling thread (thread_stack.h); 0: unknown.
  RunState resume(int argument_count, std::uintptr_t stack_limit = 0);

  // LUA_ERRRUN, LUA_ERRMEM … after kFailed.
  [[nodiscard]] int status() const { return status_; }
  [[nodiscard]] lua_State* coroutine() const { return coroutine_; }
  [[nodiscard]] Vm& vm() const { return vm_; }

  // Any thread. The first reason stays. Takes effect when the watchdog sees it, or at the next resume.
  void request_kill(KillReason reason);
  // The thread that owns the VM (for instance inside a host function): takes effect at the next instruction.
  void kill_here(KillReason reason);
  [[nodiscard]] KillReason kill_reason() const { return kill_.load(std::memory_order_acquire); }
  // Polled by conversions: non-zero ends them.
  [[nodiscard]] const std::atomic<std::uint32_t>* stop_flag() const { return &stop_; }

  [[nodiscard]] Nanoseconds deadline() const { return deadline_.load(std::memory_order_relaxed); }
  [[nodiscard]] Nanoseconds budget() const { return budget_.load(std::memory_order_relaxed); }
  // Preempts after so long in one piece; 0: never. Set between pieces.
  void set_budget(Nanoseconds budget) { budget_.store(budget, std::memory_order_relaxed); }
  [[nodiscard]] bool is_counting() const { return limits_.instructions != 0 || limits_.tick_every != 0; }
  // True when a preemption had to be given up because a C function was in the way.
  [[nodiscard]] bool overran_boundary() const { return overran_boundary_; }

  // The watchdog, while the slot is inspected.
  void arm_kill();
  void arm_preemption();

  // Inside a host function, on the thread that runs the VM. True when yielding reaches the resume.
  [[nodiscard]] bool can_wait(lua_State* L) const;
  // The last statement of a host function: `return run.yield_for(...)`.
  int yield_for(lua_State* L, RunState state);
  [[nodiscard]] HostCall& host_call() { return host_call_; }

  // Makes the waiting host function raise the string on top of the coroutine's stack: pushes what resume()
  // wants, returns the count.
  int prepare_failure(int message_index);

  static void on_hook(lua_State* L, lua_Debug* activation);

 private:
  friend class Section;

  void apply(const RunLimits& limits);
  void rest();
  void disarm();
  [[noreturn]] void yield_from_hook(lua_State* L, RunState state);
  void handle_event(lua_State* L, const lua_Debug& event);
  void count_instructions(lua_State* L);
  [[noreturn]] void raise_kill(lua_State* L);
  void set_next_count(lua_State* L);

  Vm& vm_;
  lua_State* coroutine_ = nullptr;
  RunLimits limits_;
  int status_ = 0;

  // Written by any thread.
  std::atomic<KillReason> kill_{KillReason::kNone};
  std::atomic<std::uint32_t> stop_{0};
  std::atomic<bool> preempt_{false};
  std::atomic<bool> armed_{false};
  std::atomic<Nanoseconds> deadline_{0};
  std::atomic<Nanoseconds> budget_{0};

  // Written by the thread that runs the VM.
  Section* section_ = nullptr;
  std::optional<RunState> yielding_;
  bool overran_boundary_ = false;
  bool finalizers_detached_ = false;
  bool touched_ = false;
  std::uint64_t executed_ = 0;
  std::uint64_t next_count_ = 0;
  HostCall host_call_;
};

// While it exists, the slot's thread executes the run and the watchdog may stop it. Sections nest on one
// thread: a host function of one VM calls another.
class Section {
 public:
  // `inherits`: a run that JavaScript waits for ends with the run around it.
  Section(RunSlot& slot, Watchdog& watchdog, Run& run, bool inherits);
  ~Section() { end(); }
  Section(const Section&) = delete;
  Section& operator=(const Section&) = delete;

  // Idempotent. A yield from a hook has ended it already when resume() returns.
  void end();

 private:
  RunSlot& slot_;
  Watchdog& watchdog_;
  Run& run_;
  Run* outer_;
  bool ended_ = false;
};

}  // namespace luaskills::core
