#include "run.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "hook_arming.h"
#include "vm.h"
#include "vm_internals.h"
#include "watchdog.h"

namespace luaskills::core {
namespace {

// In instruction-counting runs the watchdog does not arm (that would falsify the count): the hook comes by
// itself this often.
constexpr std::uint64_t kMaxCountStep = 10'000;

}  // namespace

const char* kill_text(KillReason reason) {
  switch (reason) {
    case KillReason::kTimeout:
      return "the call ran past its deadline";
    case KillReason::kAborted:
      return "the call was aborted";
    case KillReason::kInstructions:
      return "the call exceeded its instruction limit";
    case KillReason::kClosed:
      return "the VM was closed during the call";
    case KillReason::kNone:
      break;
  }
  return "the call was stopped";
}

bool Run::begin(const RunLimits* limits) {
  coroutine_ = vm_.coroutine();
  if (coroutine_ == nullptr) return false;
  if (limits != nullptr) apply(*limits);
  return true;
}

void Run::apply(const RunLimits& limits) {
  touched_ = true;
  limits_ = limits;
  deadline_.store(limits.deadline, std::memory_order_relaxed);
  const bool interpret = is_counting() || limits.jit == false;
  if (is_counting() || limits.jit.has_value()) set_jit(vm_.state(), !interpret, interpret);
  if (is_counting()) {
    executed_ = 0;
    set_next_count(vm_.state());
  }
}

void Run::end() {
  if (touched_ || kill_.load(std::memory_order_relaxed) != KillReason::kNone) rest();
  vm_.restore_defaults();
  coroutine_ = nullptr;
}

void Run::rest() {
  const bool counted = is_counting() || vm_.user_hook().counts();
  vm_.user_hook().clear(vm_.state());
  if (armed_.exchange(false, std::memory_order_relaxed) || counted) hook_disarm(vm_.state());
  if (kill_reason() != KillReason::kNone) vm_.mark_broken();
  limits_ = {};
  status_ = 0;
  kill_.store(KillReason::kNone, std::memory_order_relaxed);
  stop_.store(0, std::memory_order_relaxed);
  preempt_.store(false, std::memory_order_relaxed);
  deadline_.store(0, std::memory_order_relaxed);
  budget_.store(0, std::memory_order_relaxed);
  yielding_.reset();
  overran_boundary_ = false;
  finalizers_detached_ = false;
  touched_ = false;
}

RunState Run::resume(int argument_count, std::uintptr_t stack_limit) {
  lua_State* co = coroutine_;
  set_c_stack_limit(co, stack_limit);
  const FinalizersMayRun finalizers(co, !is_counting());  // their instructions would not be counted
  for (;;) {
    status_ = lua_resume(co, argument_count);
    if (status_ == 0) {
      if (kill_reason() == KillReason::kNone) return RunState::kDone;
      // The kill came too late for any instruction, or `return pcall(f)` caught it and had none left.
      lua_settop(co, 0);
      lua_pushnil(co);
      status_ = LUA_ERRRUN;
      return RunState::kFailed;
    }
    if (status_ != LUA_YIELD) return RunState::kFailed;
    if (yielding_) {
      const RunState state = *yielding_;
      yielding_.reset();
      lua_settop(co, 0);
      return state;
    }
    // Somebody else's yield came through: user code yielded outside any coroutine of its own.
    lua_settop(co, 0);
    argument_count = vm_.push_yield_outside_coroutine(co);
  }
}

void Run::request_kill(KillReason reason) {
  KillReason none = KillReason::kNone;
  if (kill_.compare_exchange_strong(none, reason, std::memory_order_acq_rel))
    stop_.store(1, std::memory_order_release);
}

void Run::kill_here(KillReason reason) {
  request_kill(reason);
  touched_ = true;
  arm_kill();
}

void Run::arm_kill() {
  hook_arm_everywhere(vm_.state());
  armed_.store(true, std::memory_order_release);
}

void Run::arm_preemption() {
  preempt_.store(true, std::memory_order_release);
  if (is_counting()) return;
  hook_arm(vm_.state());
  armed_.store(true, std::memory_order_release);
}

void Run::disarm() {
  hook_disarm(vm_.state());
  vm_.user_hook().resume_counting(vm_.state());
}

bool Run::can_wait(lua_State* L) const {
  return can_yield_to(coroutine_, L);
}

int Run::yield_for(lua_State* L, RunState state) {
  yielding_ = state;
  lua_settop(L, 0);
  vm_.push_system_mark(L);
  return lua_yield(L, 1);
}

int Run::prepare_failure(int message_index) {
  vm_.push_failure_mark(coroutine_);
  lua_insert(coroutine_, message_index);
  return 2;
}

void Run::raise_kill(lua_State* L) {
  // Thousands of endless finalizers may be due, and each would have to be killed by an arming of its own.
  if (!std::exchange(finalizers_detached_, true)) detach_lua_finalizers(L);
  hook_enter_kill(L);
  lua_pushstring(L, kill_text(kill_reason()));
  raise(L);
}

void Run::yield_from_hook(lua_State* L, RunState state) {
  // lua_yield() knows that it is called from a hook by the "hook active" bit, which an arming for a kill
  // clears: it would then return, and the VM run on as a suspended coroutine. So no arming from here on, and
  // the bit back if one was faster.
  if (section_ != nullptr) section_->end();
  hook_mark_active(L);
  yielding_ = state;
  lua_yield(L, 0);
  std::abort();  // a yield from a hook unwinds
}

void Run::set_next_count(lua_State* L) {
  std::uint64_t next = kMaxCountStep;
  if (limits_.instructions != 0) next = std::min(next, limits_.instructions - executed_ + 1);
  if (limits_.tick_every != 0) next = std::min(next, limits_.tick_every - executed_ % limits_.tick_every);
  next_count_ = std::max<std::uint64_t>(next, 1);
  hook_set_count(L, static_cast<std::int32_t>(next_count_));
}

void Run::count_instructions(lua_State* L) {
  executed_ += next_count_;  // the hook comes before the last of these
  const bool tick = limits_.tick_every != 0 && executed_ % limits_.tick_every == 0;
  if (limits_.instructions != 0 && executed_ > limits_.instructions) {
    kill_here(KillReason::kInstructions);
    raise_kill(L);
  }
  set_next_count(L);
  if (!tick) return;
  if (vm_.host().tick_here(vm_)) {
    if (kill_reason() != KillReason::kNone) raise_kill(L);
  } else if (!yielding_ && can_yield_to(coroutine_, L)) {
    yield_from_hook(L, RunState::kTick);
  } else {
    vm_.host().tick_blocking(vm_);
    if (kill_reason() != KillReason::kNone) raise_kill(L);
  }
}

void Run::on_hook(lua_State* L, lua_Debug* activation) {
  Vm& vm = *MemoryLimit::owner_of(L);
  Run& run = vm.run();
  if (run.kill_reason() != KillReason::kNone) run.raise_kill(L);
  if (activation->event == LUASKILLS_HOOKPOLL) return;
  run.handle_event(L, *activation);
  // An arming for a kill may have come during the event. LuaJIT's assertions do not know of hooks that are
  // cut short so.
  if (run.kill_reason() != KillReason::kNone) run.raise_kill(L);
}

void Run::handle_event(lua_State* L, const lua_Debug& event) {
  if (event.event != LUA_HOOKCOUNT) return vm_.user_hook().call(L, event);
  if (is_counting()) count_instructions(L);
  if (preempt_.exchange(false, std::memory_order_acq_rel)) {
    const bool may_yield = !yielding_ && can_yield_to(coroutine_, L);
    if (!is_counting()) disarm();
    if (may_yield) {
      yield_from_hook(L, RunState::kPreempted);
    } else if (!yielding_) {
      overran_boundary_ = true;
    }
  } else if (vm_.user_hook().counts()) {
    vm_.user_hook().call(L, event);
  } else if (!is_counting()) {
    disarm();
  }
}

Section::Section(RunSlot& slot, Watchdog& watchdog, Run& run, bool inherits)
    : slot_(slot), watchdog_(watchdog), run_(run), outer_(slot.current()) {
  if (outer_ != nullptr) {
    slot_.withdraw();
    const Nanoseconds limit = outer_->deadline();
    if (inherits && limit != 0 && (run.deadline() == 0 || limit < run.deadline()))
      run.deadline_.store(limit, std::memory_order_relaxed);
  }
  slot_.set_current(&run);
  run.touched_ = true;
  run.section_ = this;
  run.preempt_.store(false, std::memory_order_relaxed);
  if (run.kill_reason() != KillReason::kNone) run.arm_kill();
  slot_.publish(&run);
  watchdog_.notice();
}

void Section::end() {
  if (std::exchange(ended_, true)) return;
  slot_.withdraw();
  slot_.set_current(outer_);
  run_.section_ = nullptr;
  if (run_.armed_.exchange(false, std::memory_order_acq_rel)) run_.disarm();
  if (outer_ == nullptr) return;
  // A deadline that ended the inner run ends the outer one, even when that has little left to do.
  if (outer_->deadline() != 0 && now() >= outer_->deadline()) outer_->request_kill(KillReason::kTimeout);
  if (outer_->kill_reason() != KillReason::kNone) outer_->arm_kill();
  slot_.publish(outer_);
  watchdog_.notice();
}

}  // namespace luaskills::core
