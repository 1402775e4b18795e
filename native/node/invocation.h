// A call that did not finish inline: it waits for a promise, or runs on a lane, and settles its own promise
// in the end.
#pragma once

#include <node_api.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <span>

#include "core/failure.h"
#include "core/lanes.h"
#include "core/run.h"
#include "node/node_vm.h"

namespace luaskills::node {

class Invocation final : public core::LaneTask,
                         public core::DeadlineTarget,
                         public std::enable_shared_from_this<Invocation> {
 public:
  // `keeps_to_lanes`: Lua code never runs on the JavaScript thread, also not after a host function.
  Invocation(NodeVm& vm, bool keeps_to_lanes);
  ~Invocation() override;

  // JavaScript thread: takes over after `state` and returns the promise.
  napi_value begin(core::RunState state, int argument_count);
  // A promise that the call waits for has settled.
  void on_settled(bool fulfilled, napi_value value);
  // Calls `function`, in the asynchronous context of the call's beginning when the call has been on a lane:
  // what wakes the JavaScript thread then has none, and AsyncLocalStorage would be empty.
  napi_status call_in_context(napi_value function, std::span<const napi_value> arguments, napi_value* result);
  // Ends a waiting call. Does nothing when it does not wait.
  void end_parked(core::KillReason reason);

  // On its lane, below a C function that cannot be yielded through: has `call` done on the JavaScript thread
  // and waits for it. False: the error text is in `answer`; with no value the call was killed meanwhile.
  bool wait_on_lane(core::HostCall call, std::optional<core::Value>& answer);
  static constexpr std::uint32_t kTickListener = UINT32_MAX;

  bool run_on_lane(core::RunSlot& slot) override;
  void on_deadline() override;

 private:
  void proceed(core::RunState state);
  void submit(int argument_count);
  void park();
  void unpark();
  void continue_here(int argument_count);
  void continue_with(bool fulfilled, napi_value value);
  void on_lane_done();
  void perform_host_call();
  void perform_blocking_call(const core::HostCall& call);
  void answer_blocking(bool fulfilled, napi_value value);
  void take_results();
  napi_value results_to_js();
  void finish(napi_value value);
  void fail(napi_value error);
  void release(bool failed);

  NodeVm& vm_;
  std::shared_ptr<NodeVm> vm_alive_;
  std::shared_ptr<AnchoredFunction> callee_alive_;
  napi_deferred deferred_ = nullptr;

  const bool keeps_to_lanes_;
  bool parked_ = false;
  bool holds_loop_ = false;
  napi_ref context_ =
      nullptr;  // the captureContext helper's function; made when the call first goes to a lane

  // From the lane to the JavaScript thread, handed over by Environment::post().
  core::RunState state_ = core::RunState::kDone;
  int argument_count_ = 0;
  core::Values results_;
  std::optional<core::Failure> failure_;
  core::FunctionHandle function_;

  std::mutex answer_lock_;  // guards the four below
  std::condition_variable answered_;
  bool waits_on_lane_ = false;
  bool answer_fulfilled_ = false;
  std::optional<core::Value> answer_;
};

}  // namespace luaskills::node
