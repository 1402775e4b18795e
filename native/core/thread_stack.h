// How deep the calling thread's stack may get.
#pragma once

#include <cstdint>

namespace luaskills::core {

// Address below which nothing of ours may call on; what is left then is for C libraries and JavaScript.
// 0: unknown. Slow: ask once per thread.
std::uintptr_t stack_limit_of_this_thread();

}  // namespace luaskills::core
