---@meta skill-tests

-- What the tests of a skill find beside `vulcan`, for the Lua language server: the files `tests/*.lua` that `luaskills test`
-- runs. Nothing of this file runs.
--
-- Each file runs in an engine of its own, on a copy of the skill, with settings and databases that are empty when it begins.
-- `vulcan` has the identity of the skill there.

---How an entry of the skill is called.
---@class skill_tests.CallOptions
---@field timeout_ms? number ends the call; the end of the test does so too
---@field context? skill_tests.Context
---@field validate? boolean true: the arguments are checked against the input schema first, as MCP clients see it

---What the request of a call says; entries read it as `vulcan.context`.
---@class skill_tests.Context
---@field request? skill_tests.Request
---@field client_budget? table
---@field tool_config? table

---@class skill_tests.Request
---@field request_id? string
---@field client_name? string
---@field transport_name? string
---@field session_id? string
---@field client_info? table
---@field client_capabilities? table

---What a host gets of a call.
---@class skill_tests.Result
---@field content string
---@field overflow_mode? vulcan.OverflowMode
---@field template_hint? string
---@field host_result? vulcan.HostResult

---@class skill_tests.EntryDescription
---@field name string as in the manifest
---@field canonical_name string
---@field description string
---@field input_schema table

---@class skill_tests.LogLine
---@field level "info"|"warn"|"error"
---@field message string

---@class skill_tests.TestOptions
---@field timeout_ms? number milliseconds that the test may take, its hooks included

---Functions that answer in the place of the host's models: `llm` with text, or a table with `assistant` and `usage`; `embed`
---with a vector, or a table with `vector` and `usage`.
---@class skill_tests.Models
---@field llm? fun(system: string, user: string): string|table
---@field embed? fun(text: string): table

-- Groups and tests ----------------------------------------------------------------------------------------------------

---A group of tests, which may hold further groups. What is in the function runs when the file is read, before any test.
---@class describe
---@overload fun(name: string, group: fun())
describe = {}

---As `describe`, and none of its tests runs.
---@param name string
---@param group fun()
function describe.skip(name, group) end

---A test. It passes unless something in it raises an error, as expectations do that do not hold.
---@class it
---@overload fun(name: string, test: fun())
---@overload fun(name: string, options: skill_tests.TestOptions, test: fun())
it = {}

---As `it`, and it does not run.
---@param name string
---@param test? fun()
function it.skip(name, test) end

---Runs before the first test of the group, or of the file.
---@param hook fun()
function before_all(hook) end

---Runs after the last test of the group, or of the file.
---@param hook fun()
function after_all(hook) end

---Runs before every test of the group and of groups in it, those of outer groups first.
---@param hook fun()
function before_each(hook) end

---Runs after every test of the group and of groups in it, those of inner groups first; also when the test fails. A test that is
---ended by its deadline has no VM left to run it on.
---@param hook fun()
function after_each(hook) end

-- Expectations --------------------------------------------------------------------------------------------------------

---What a value is held against.
---@class skill_tests.Expectation
---@field never skill_tests.Expectation the opposite of what follows
local Expectation = {}

---Begins an expectation: `expect(text):to_contain("x")`.
---@param value any
---@return skill_tests.Expectation
function expect(value) end

---Equal in all members at all depths. NaN equals NaN.
---@param expected any
function Expectation:to_equal(expected) end

---The same value, for tables the same table.
---@param expected any
function Expectation:to_be(expected) end

---Neither false nor nil.
function Expectation:to_be_truthy() end

---False or nil.
function Expectation:to_be_falsy() end

---Of this type, as `type` names it.
---@param name string
function Expectation:to_be_a(name) end

---A text in which the Lua pattern is found.
---@param pattern string
function Expectation:to_match(pattern) end

---A text with this part, as it is; or a table with a member that is equal to it.
---@param part any
function Expectation:to_contain(part) end

---A text of so many bytes, or a list of so many members.
---@param length integer
function Expectation:to_have_length(length) end

---A number that differs by no more than the tolerance.
---@param number number
---@param tolerance? number default 1e-9
function Expectation:to_be_near(number, tolerance) end

---A number of this size or more.
---@param number number
function Expectation:to_be_at_least(number) end

---A number of this size or less.
---@param number number
function Expectation:to_be_at_most(number) end

---A function that raises an error, with this part in its message.
---@param part? string
function Expectation:to_raise(part) end

---Fails the test.
---@param message? string
function fail(message) end

-- Files ---------------------------------------------------------------------------------------------------------------

---Path of a file or folder below `tests/fixtures`, absolute. It is a copy, which the test may change.
---@param name string
---@return string
function fixture(name) end

---An empty folder of the running test, absolute; outside of tests, one of the file.
---@return string
function temp_dir() end

-- The skill -----------------------------------------------------------------------------------------------------------

---The skill under test, as its host sees it.
---@class skill
---@field id string
---@field dir string the copy of the skill, absolute
skill = {}

---Calls an entry as a host does. Waits; raises what went wrong.
---@param entry string its name in the manifest
---@param args? table
---@param options? skill_tests.CallOptions
---@return string content
---@return skill_tests.Result
function skill.call(entry, args, options) end

---Renders a page of help.
---@param flow? string name of the topic; default `main`
---@param request? skill_tests.Request what pages in Lua read as `vulcan.context.request`
---@return string markdown
function skill.help(flow, request) end

---The entries of the skill, in order of name.
---@return skill_tests.EntryDescription[]
function skill.entries() end

---What the skill has logged and printed during the running test.
---@return skill_tests.LogLine[]
function skill.logs() end

---Puts a function in the place of a tool of the host, for entries that `skill.call` runs. Set in a test it is gone after it; set
---in the file or in `before_all` it stays. What it returns is the answer; what it raises fails the call.
---@param name string
---@param respond fun(args: vulcan.Json, caller: table): vulcan.Json
---@param description? string
function skill.host_tool(name, respond, description) end

---Puts functions in the place of the host's models, for entries that `skill.call` runs, as long as `skill.host_tool` does.
---@param models skill_tests.Models
function skill.models(models) end
