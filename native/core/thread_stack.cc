#include "thread_stack.h"

#include <algorithm>
#include <cstddef>

#ifdef _WIN32
#include <windows.h>
#else
#include <pthread.h>
#endif

namespace luaskills::core {
namespace {

constexpr std::uintptr_t kReserve = 256 * 1024;
// A main thread without a limit reports more than it will be given.
constexpr std::uintptr_t kMostUsed = 8 * 1024 * 1024;

std::uintptr_t lowest_address() {
#if defined(_WIN32)
  ULONG_PTR low = 0;
  ULONG_PTR high = 0;
  GetCurrentThreadStackLimits(&low, &high);
  return low;
#elif defined(__APPLE__)
  const auto top = reinterpret_cast<std::uintptr_t>(pthread_get_stackaddr_np(pthread_self()));
  return top - pthread_get_stacksize_np(pthread_self());
#elif defined(__linux__)
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 0;
  void* address = nullptr;
  std::size_t size = 0;
  const int status = pthread_attr_getstack(&attributes, &address, &size);
  pthread_attr_destroy(&attributes);
  return status == 0 ? reinterpret_cast<std::uintptr_t>(address) : 0;
#else
  return 0;
#endif
}

}  // namespace

std::uintptr_t stack_limit_of_this_thread() {
  const char here = 0;
  const auto top = reinterpret_cast<std::uintptr_t>(&here);
  const std::uintptr_t low = lowest_address();
  if (low == 0 || low >= top) return 0;
  return std::max(low, top - std::min(top, kMostUsed)) + kReserve;
}

}  // namespace luaskills::core
