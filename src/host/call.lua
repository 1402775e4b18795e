-- The functions of entries on this VM, the environments they run in, and vulcan.call.
local host = ...

local type, error, select, setfenv, setmetatable, gsub = type, error, select, setfenv, setmetatable, string.gsub
local load = host.load
local create, resume, status = coroutine.create, coroutine.resume, coroutine.status
local enter, leave, made = host.core.enter, host.core.leave, host.core.made

local base = _G
local handlers, environments, skill_of = {}, {}, {}

-- Globals are read through and written locally, and `_G` is the environment itself.
local function new_environment()
  local environment = setmetatable({}, { __index = base })
  environment._G = environment
  return environment
end

local function environment_of(skill)
  local environment = environments[skill]
  if environment == nil then
    environment = new_environment()
    environments[skill] = environment
  end
  return environment
end

-- Runs the body of an entry file in the environment of its skill and keeps the function it returns. The coroutine gets
-- that environment too, so that what dofile and require load sees the same globals.
local function initialise(key, skill, source, chunk_name)
  local environment = environment_of(skill)
  setfenv(0, environment)
  local body, message = load(source, chunk_name, environment)
  if not body then
    error(message, 0)
  end
  local handler = body()
  if type(handler) ~= "function" then
    error("the file must return a function, but returned a value of type " .. type(handler), 0)
  end
  handlers[key], skill_of[key] = handler, skill
end

local function run_nested(target, args)
  local key = target
  if type(target) == "table" then
    key = target.key
    initialise(key, target.skill, target.source, target.chunk)
    made()
  else
    setfenv(0, environments[skill_of[key]])
  end
  return handlers[key](args)
end

local function finish(name, co, ok, ...)
  leave()
  if not ok then
    error((...), 0)
  end
  if status(co) ~= "dead" then
    error("call: " .. name .. " yielded, and no coroutine of its own was there to take it", 0)
  end
  return ...
end

local function refuse(parameter, wanted, value)
  error("call: " .. parameter .. " must be a " .. wanted .. ", got " .. host.text.type_word(value), 0)
end

-- A coroutine of its own: its environment is switched for it alone, and a yield cannot leave it half done.
local function call(name, args)
  if type(name) ~= "string" then
    refuse("name", "string", name)
  elseif type(args) ~= "table" then
    refuse("args", "table", args)
  end
  local co = create(run_nested)
  return finish(name, co, resume(co, enter(name), args))
end

host.own = { call = call }

-- Compiles code whose local `args` is what it gets; on the first line, so that line numbers stay. What may be there in a file,
-- a mark of its encoding and a line for the shell, may be there as well.
local function compile(chunk_name, code, environment)
  setfenv(0, environment)
  local text = gsub(gsub(code, "^\239\187\191", ""), "^#", "--#")
  local body, message = load("local args = ...; " .. text, chunk_name, environment)
  if not body then
    error(message, 0)
  end
  return body
end

-- The fourth value is for those who ask for it; from others it may be anything, because it does not leave the VM.
local function without_fourth(...)
  if select("#", ...) == 4 then
    local content, mode, hint = ...
    return content, mode, hint
  end
  return ...
end

local function for_text(handler)
  return function(args)
    return without_fourth(handler(args))
  end
end

-- Each operation of the engine takes a chunk name, code and what else it needs.
local operations = {
  initialise = initialise,
  run = function(chunk_name, code, args)
    return (compile(chunk_name, code, new_environment())(args))
  end,
  -- As run, but what the code leaves in its globals is there the next time. No skill has this name.
  eval = function(chunk_name, code, args)
    return (compile(chunk_name, code, environment_of("="))(args))
  end,
  -- As run; the results come as texts with their kinds, so that any value can be reported.
  exec = function(chunk_name, code, args)
    return host.report(compile(chunk_name, code, new_environment())(args))
  end,
  -- A help page of a skill: what the file returns, or what the function returns that it returns.
  page = function(chunk_name, code, skill)
    local page = compile(chunk_name, code, environment_of(skill))()
    if type(page) == "function" then
      page = page()
    end
    if type(page) ~= "string" then
      error("a help page must be a string, or a function that returns one, got " .. host.text.type_word(page), 0)
    end
    return page
  end,
  -- Shows the function of an entry to the engine, which takes a handle to it.
  adopt = function(key, whole)
    local handler = handlers[key]
    host.export("handler", whole and handler or for_text(handler))
    host.export("environment", environments[skill_of[key]])
  end,
}

-- What the engine does with this VM: one function, because every handle costs.
host.export("control", function(operation, ...)
  return operations[operation](...)
end)
