// What one JavaScript environment (the main thread or a worker) shares between its VMs. No state lives
// outside it.
#pragma once

#include <node_api.h>

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/bootstrap_cache.h"
#include "core/failure.h"
#include "core/lanes.h"
#include "core/text_buffer.h"
#include "core/watchdog.h"
#include "sqlite/abi.h"

namespace luaskills::node {

class NodeVm;

// JavaScript functions that the TypeScript half hands over once (src/vm/binding.ts).
enum class JsHelper { kMakeError, kEncode, kParse, kWatch, kBusy, kCaptureContext, kOpaque, kCount };

// Host functions that are registered together, on many VMs.
struct FunctionGroup {
  std::string path;  // for messages: of the table they are members of
  std::vector<std::string> names;
};

class Environment : public std::enable_shared_from_this<Environment> {
 public:
  explicit Environment(napi_env env);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  static Environment& of(napi_env env);

  [[nodiscard]] napi_env env() const { return env_; }
  core::Watchdog& watchdog() { return watchdog_; }
  core::Lanes& lanes() { return *lanes_; }
  core::RunSlot& slot() { return slot_; }
  core::BootstrapCache& bootstrap() { return bootstrap_; }
  // Buffers for text on its way to Lua and to JavaScript, reused between calls. JavaScript thread.
  std::string& text_buffer() { return text_buffer_; }
  core::TextBuffer& json_buffer() { return json_buffer_; }

  // SQLite's functions, once they were received. JavaScript thread.
  std::optional<sqlite::Api>& sqlite() { return sqlite_; }

  // Takes in a group; returns its number. JavaScript thread.
  std::size_t add_group(FunctionGroup group);
  const FunctionGroup& group(std::size_t number) const { return groups_.at(number); }

  // False, and without effect, once a lane has started.
  bool set_lane_count(std::size_t count);

  void set_helper(JsHelper helper, napi_value value);
  napi_value helper(JsHelper helper);
  napi_value call_helper(JsHelper helper, std::initializer_list<napi_value> arguments);

  // Any thread: `task` runs on the JavaScript thread; dropped when the environment is closing.
  void post(std::function<void()> task);

  // JavaScript thread: while held, pending work keeps the event loop alive.
  void hold();
  void unhold();

  // False once the environment is being torn down: no JavaScript may run any more.
  [[nodiscard]] bool is_open() const { return open_; }

  void add(NodeVm* vm) { vms_.insert(vm); }
  void remove(NodeVm* vm) { vms_.erase(vm); }

  napi_value make_error(const core::Failure& failure);
  [[noreturn]] void throw_failure(const core::Failure& failure);
  [[noreturn]] void throw_failure(core::FailureCode code, std::string message);

 private:
  static void on_posted(napi_env env, napi_value callback, void* context, void* data);
  static void on_cleanup(void* self);
  void run_posted();
  void close();

  napi_env env_;
  bool open_ = true;
  napi_ref helpers_[static_cast<int>(JsHelper::kCount)] = {};
  napi_threadsafe_function wakeup_ = nullptr;
  int holds_ = 0;

  std::mutex posted_lock_;  // guards posted_ and accepting_
  std::vector<std::function<void()>> posted_;
  bool accepting_ = true;

  core::Watchdog watchdog_;
  core::RunSlot slot_;
  std::unique_ptr<core::Lanes> lanes_;
  core::BootstrapCache bootstrap_;
  std::string text_buffer_;
  core::TextBuffer json_buffer_;
  std::deque<FunctionGroup> groups_;  // never moves what it holds
  std::set<NodeVm*> vms_;
  std::optional<sqlite::Api> sqlite_;
};

}  // namespace luaskills::node
