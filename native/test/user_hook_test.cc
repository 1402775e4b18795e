// debug.sethook and debug.gethook beside the runtime's own use of the hook.
#include <string>

#include "test_vm.h"

namespace luaskills::test {
namespace {

using core::FailureCode;
using core::kMillisecond;

TEST_CASE("a count hook is called every so many instructions") {
  TestVm vm;
  const Outcome outcome = vm.eval(R"(
    local n = 0
    debug.sethook(function(event) assert(event == 'count') n = n + 1 end, '', 100)
    for i = 1, 10000 do end
    debug.sethook()
    local seen = n
    for i = 1, 10000 do end
    return n == seen and n)");
  CHECK(outcome.number() >= 100);
}

TEST_CASE("a line hook sees every line with its number") {
  TestVm vm;
  const Outcome outcome = vm.eval(
      "local lines = {}\n"
      "debug.sethook(function(event, line) lines[#lines + 1] = line end, 'l')\n"
      "local a = 1\n"
      "local b = 2\n"
      "debug.sethook()\n"
      "return lines");
  CHECK(outcome.text() == "[3,4,5]");
}

TEST_CASE("call and return hooks see functions") {
  TestVm vm;
  const Outcome outcome = vm.eval(R"(
    local events = {}
    local function f() return 1 end
    debug.sethook(function(event) events[#events + 1] = event end, 'cr')
    local x = f()
    debug.sethook()
    return table.concat(events, ' '))");
  CHECK(outcome.text().find("call return") != std::string::npos);
}

TEST_CASE("gethook tells what was set") {
  TestVm vm;
  const Outcome outcome = vm.eval(R"(
    local hook = function() end
    debug.sethook(hook, 'crl', 1000)
    local f, mask, count = debug.gethook()
    debug.sethook()
    return f == hook and mask == 'crl' and count == 1000 and debug.gethook() == nil)");
  CHECK(outcome.is_true());
}

TEST_CASE("a hook that is no function is an argument error") {
  TestVm vm;
  CHECK(vm.eval("debug.sethook(5, 'l')").failure.message.find("bad argument #1 to 'sethook'") !=
        std::string::npos);
}

TEST_CASE("an error in a hook is raised where the code stands") {
  TestVm vm;
  const Outcome outcome =
      vm.eval("debug.sethook(function() debug.sethook() error('from the hook', 0) end, 'l')\nlocal a = 1");
  CHECK(outcome.failure.message == "from the hook");
  CHECK(vm.eval("return (pcall(function()\n debug.sethook(function() debug.sethook() error('x') end, 'l')\n "
                "local a = 1\n end))")
            .is_true() == false);
}

TEST_CASE("a hook is forgotten when its run ends") {
  TestVm vm;
  vm.eval("calls = 0 debug.sethook(function() calls = calls + 1 end, 'crl', 10)");
  vm.eval("before = calls");
  CHECK(vm.eval("for i = 1, 1000 do math.abs(i) end return debug.gethook() == nil and calls == before")
            .is_true());
}

TEST_CASE("a run with a hook set ends at its deadline") {
  for (const std::string code : std::initializer_list<const char*>{
           "debug.sethook(function() end, '', 1) while true do end",
           "debug.sethook(function() end, '', 1e9) while true do end",
           "debug.sethook(function() end, 'l') while true do\n local a = 1\n end",
           "debug.sethook(function() end, 'cr') while true do math.abs(1) end",
           "debug.sethook(function() while true do end end, 'l') local a = 1\n local b = 2",
           "debug.sethook(function() pcall(function() while true do end end) end, '', 5) while true do end",
           "while true do debug.sethook(function() end, 'crl', 7) end",
       }) {
    CAPTURE(code);
    TestVm vm;
    CHECK(vm.eval(code, deadline_in(3 * kMillisecond)).failure.code == FailureCode::kTimeout);
  }
}

TEST_CASE("a kill that arrives while a hook returns ends the run like any other") {
  for (int round = 0; round < 50; round++) {
    for (const std::string mask : std::initializer_list<const char*>{"'', 1", "'l'"}) {
      CAPTURE(mask);
      TestVm vm;
      const std::string code =
          "debug.sethook(function() end, " + mask + ")\nwhile true do\n local a = 1\n end";
      CHECK(vm.eval(code, deadline_in(kMillisecond)).failure.code == FailureCode::kTimeout);
    }
  }
}

TEST_CASE("a run with a hook set is preempted, goes on exactly and keeps its hook") {
  for (const std::string mask : std::initializer_list<const char*>{"'', 1000", "'l'", "'cr'"}) {
    CAPTURE(mask);
    TestVm vm;
    const std::string code = "local calls = 0 debug.sethook(function() calls = calls + 1 end, " +
                             std::string(mask) +
                             ")\nlocal n = 0\nfor i = 1, 3e5 do\n n = n + math.abs(i) % 7\n end\n"
                             "local f = debug.gethook() debug.sethook() return {n, f ~= nil, calls > 0}";
    const Outcome outcome = vm.eval(code, {}, 1);
    CHECK(outcome.text() == "[899998,true,true]");
    CHECK(outcome.preemptions > 0);
  }
}

TEST_CASE("a run whose instructions are counted refuses hooks, which would go uncounted") {
  TestVm vm;
  const Outcome outcome = vm.eval("debug.sethook(function() end, 'l', 10)", {.instructions = 20'000});
  CHECK(outcome.failure.message.find("debug.sethook: not while instructions are counted") !=
        std::string::npos);
}

TEST_CASE("an error in a hook while an error value is described leaves hooks working") {
  TestVm vm;
  vm.eval(R"(error(setmetatable({}, {__tostring = function()
    debug.sethook(function() error('in the hook') end, 'l')
    local a = 1
    return 'never'
  end})))");
  CHECK(vm.eval("while true do end", {.instructions = 1'000}).failure.code == FailureCode::kInstructions);
}

TEST_CASE("a count hook that its run left behind does not slow the next run down") {
  TestVm vm;
  vm.eval("debug.sethook(function() end, '', 1000000)");
  CHECK(lua_gethookmask(vm.state()) == 0);
}

}  // namespace
}  // namespace luaskills::test
