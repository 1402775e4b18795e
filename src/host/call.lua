-- The functions of entries on this VM, the environments they run in, and vulcan.call.
local host = ...

local type, error, setfenv, setmetatable = type, error, setfenv, setmetatable
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

host.environments = { new = new_environment, of = environment_of }

-- What most VMs never do is loaded when it is asked for (chunks.lua).
local operations = {
  initialise = initialise,
  -- Shows the function of an entry to the engine, which takes a handle to it.
  adopt = function(key)
    host.export("handler", handlers[key])
    host.export("environment", environments[skill_of[key]])
  end,
}

-- What the engine does with this VM: one function, because every handle costs.
host.export("control", function(operation, ...)
  return (operations[operation] or host.chunks[operation])(...)
end)
