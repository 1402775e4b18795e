// A thread with a stack of known size: musl's default (128 KiB) is too small for deep recursion in LuaJIT's C
// parts.
#pragma once

#include <functional>
#include <system_error>
#include <utility>

#ifdef _WIN32
#include <thread>
#else
#include <pthread.h>

#include <memory>
#endif

namespace luaskills::core {

inline constexpr std::size_t kLaneStackBytes = std::size_t{4} << 20;

#ifdef _WIN32

using Thread = std::thread;

#else

class Thread {
 public:
  explicit Thread(std::function<void()> body) {
    auto owned = std::make_unique<std::function<void()> >(std::move(body));
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, kLaneStackBytes);
    const int status = pthread_create(&handle_, &attributes, &Thread::start, owned.get());
    pthread_attr_destroy(&attributes);
    if (status != 0) throw std::system_error(status, std::generic_category(), "cannot start a thread");
    owned.release();  // start() owns it now
  }
  Thread(Thread&& other) noexcept
      : handle_(other.handle_), joinable_(std::exchange(other.joinable_, false)) {}
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;
  Thread& operator=(Thread&&) = delete;
  ~Thread() { join(); }

  void join() {
    if (std::exchange(joinable_, false)) pthread_join(handle_, nullptr);
  }

 private:
  static void* start(void* context) {
    std::unique_ptr<std::function<void()> > body(static_cast<std::function<void()>*>(context));
    (*body)();
    return nullptr;
  }

  pthread_t handle_{};
  bool joinable_ = true;
};

#endif

}  // namespace luaskills::core
