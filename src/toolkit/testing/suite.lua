-- What a test file sees, and how its tests are run one by one. Returns the function by which the host does that.
local bench = luaskills_test

local type, error, xpcall, setmetatable, getmetatable, tostring = type, error, xpcall, setmetatable, getmetatable, tostring
local ipairs, load, select = ipairs, load, select
local getinfo, traceback = debug.getinfo, debug.traceback
local printable, inline = bench.format.printable, bench.format.inline
local Failure = bench.Failure

local phase = "file"
local tests = {}

local function new_block(name, parent, skip)
  return {
    name = name,
    parent = parent,
    skip = skip or (parent and parent.skip),
    before_all = {},
    after_all = {},
    before_each = {},
    after_each = {},
  }
end

local current = new_block(nil, nil, false)

function bench.phase()
  return phase
end

local function is_runner(source)
  return source == "(test runner)" or source == "[luaskills]" or source == "[C]"
end

-- The innermost line that is no line of the runner.
local function place(level)
  for at = level, level + 100 do
    local info = getinfo(at, "Sl")
    if info == nil then
      return nil
    elseif not is_runner(info.short_src) and info.currentline > 0 then
      return { file = info.short_src, line = info.currentline }
    end
  end
end

local function own_traceback(level)
  local lines = {}
  for line in traceback("", level):gmatch("\t([^\n]+)") do
    if not is_runner(line:match("^([^:]+):?")) then
      lines[#lines + 1] = printable(line)
    end
  end
  return table.concat(lines, "\n")
end

-- The handler of xpcall: an error value becomes a failure, while the stack still shows where.
local function describe_error(value)
  local failure = { at = place(3), traceback = own_traceback(3) }
  if getmetatable(value) == Failure then
    failure.message, failure.expected, failure.actual = value.message, value.expected, value.actual
  elseif type(value) == "string" then
    failure.message = printable(value)
    failure.entry_traceback = bench.tracebacks[value]
  else
    local meta = getmetatable(value)
    local speaks = type(meta) == "table" and meta.__tostring
    failure.message = "error value " .. (speaks and printable(tostring(value)) or inline(value))
  end
  return failure
end

-- @return nil, or the failure
local function attempt(run, kind)
  local ok, failure = xpcall(run, describe_error)
  if ok then
    return nil
  end
  if kind then
    failure.message = kind .. ": " .. failure.message
  end
  return failure
end

local function require_file(what)
  if phase ~= "file" then
    error(what .. " cannot be used while a test runs", 0)
  end
end

local function require_arguments(what, name, run)
  require_file(what)
  if type(name) ~= "string" or name == "" then
    error(what .. ": the name must be a text, got " .. inline(name), 0)
  elseif type(run) ~= "function" then
    error(what .. ": " .. inline(name) .. " needs a function, got " .. inline(run), 0)
  end
end

local function add_block(skip, name, run)
  require_arguments("describe", name, run)
  local outer = current
  current = new_block(printable(name), outer, skip)
  -- A failure ends the file.
  run()
  current = outer
end

local function path_of(block, name)
  local path = { name }
  while block.name do
    table.insert(path, 1, block.name)
    block = block.parent
  end
  return path
end

local function add_test(skip, name, ...)
  local options, run = ...
  if type(options) == "function" or select("#", ...) < 2 then
    options, run = {}, options
  end
  if not (skip and run == nil) then
    require_arguments("it", name, run)
  end
  if type(options) ~= "table" then
    error("it: the options must be a table, got " .. inline(options), 0)
  end
  local limit = options.timeout_ms
  if limit ~= nil and not (type(limit) == "number" and limit > 0) then
    error("it: timeout_ms must be a number above 0, got " .. inline(limit), 0)
  end
  local at = place(2)
  tests[#tests + 1] = {
    block = current,
    run = run,
    shown = {
      path = path_of(current, printable(name)),
      line = at and at.line,
      skip = (skip or current.skip) and true or false,
      timeoutMs = limit,
    },
  }
end

local function adder(add)
  return setmetatable({
    skip = function(...)
      add(true, ...)
    end,
  }, {
    __call = function(_, ...)
      add(false, ...)
    end,
  })
end

describe, it = adder(add_block), adder(add_test)
expect, fail, skill, fixture = bench.expect, bench.fail, bench.skill, bench.fixture

function temp_dir()
  return bench.temp_dir(phase)
end

for _, kind in ipairs({ "before_all", "after_all", "before_each", "after_each" }) do
  _G[kind] = function(run)
    require_file(kind)
    if type(run) ~= "function" then
      error(kind .. " needs a function, got " .. inline(run), 0)
    end
    local hooks = current[kind]
    hooks[#hooks + 1] = run
  end
end

-- From the outermost block to this one.
local function chain_of(block)
  local chain = {}
  while block do
    table.insert(chain, 1, block)
    block = block.parent
  end
  return chain
end

-- Enters blocks that no test has entered yet. @return the failure of one of them, now or before
local function enter(chain)
  phase = "file"
  for _, block in ipairs(chain) do
    if not block.entered then
      block.entered = true
      for _, hook in ipairs(block.before_all) do
        block.failure = block.failure or attempt(hook, "before_all")
      end
    end
    if block.failure then
      return block.failure
    end
  end
end

local function run_test(test, chain, failures)
  phase = "test"
  local failure
  for _, block in ipairs(chain) do
    for _, hook in ipairs(block.before_each) do
      failure = failure or attempt(hook, "before_each")
    end
  end
  failures[#failures + 1] = failure or attempt(test.run)
  for depth = #chain, 1, -1 do
    for _, hook in ipairs(chain[depth].after_each) do
      failures[#failures + 1] = attempt(hook, "after_each")
    end
  end
  bench.forget_stand_ins()
end

local function leave(chain, number, failures)
  phase = "file"
  for depth = #chain, 1, -1 do
    local block = chain[depth]
    if block.last == number then
      for _, hook in ipairs(block.after_all) do
        failures[#failures + 1] = attempt(hook, "after_all")
      end
    end
  end
end

local operations = {}

-- Runs the body of the file, which says what tests there are.
function operations.collect(code, chunk_name)
  local body, message = load(code, chunk_name, "t", _G)
  if not body then
    error(message, 0)
  end
  local failure = attempt(body)
  local shown = {}
  for number, test in ipairs(tests) do
    shown[number] = test.shown
  end
  return { failure = failure, tests = vulcan.json.array(shown) }
end

-- Says which tests will run, so that every block knows its last one.
function operations.plan(numbers)
  for _, number in ipairs(numbers) do
    local block = tests[number].block
    while block do
      block.last = number
      block = block.parent
    end
  end
end

function operations.run(number)
  local test, failures = tests[number], {}
  local chain = chain_of(test.block)
  local failure = enter(chain)
  if failure then
    failures[1] = failure
  else
    run_test(test, chain, failures)
  end
  leave(chain, number, failures)
  return vulcan.json.array(failures)
end

return function(operation, ...)
  return operations[operation](...)
end
