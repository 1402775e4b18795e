// From a failed coroutine to a Failure that can be shown.
#pragma once

#include <string_view>

#include "failure.h"
#include "lua_api.h"

namespace luaskills::core {

class Run;

Failure out_of_memory();

// After Run::resume() came back as kFailed, still inside the run's section: an error value's __tostring is
// user code and falls under the same deadline. The coroutine is of no use afterwards. The run's kill reason
// decides the code before anything that the error says.
Failure describe_run_failure(Run& run);

// The message on top of L after a chunk did not compile. `code` tells bytecode from text.
Failure describe_syntax_failure(lua_State* L, bool memory, std::string_view code);

// The Failure of a run that was ended while it was not executing (waiting, or queued).
Failure describe_kill(Run& run);

}  // namespace luaskills::core
