-- debug shows nothing of what belongs to the runtime: the metatables of the tables that make up `vulcan`, and what our
-- functions hold.
local host = ...
if not debug then
  return
end

local type, error, ipairs = type, error, ipairs
local sealed = host.sealed
local get, set = debug.getmetatable, debug.setmetatable

function debug.getmetatable(value)
  if sealed[value] then
    return false
  end
  return get(value)
end

function debug.setmetatable(value, metatable)
  if sealed[value] then
    error("debug.setmetatable: vulcan is read-only", 2)
  end
  return set(value, metatable)
end

-- The upvalues of our functions lead to the members behind the proxies, and to what says whose code runs.
local getinfo = debug.getinfo
local own = getinfo(1, "S").source
local function is_own(value)
  return type(value) == "function" and getinfo(value, "S").source == own
end
for _, name in ipairs({ "getupvalue", "setupvalue", "upvalueid", "upvaluejoin" }) do
  local native = debug[name]
  debug[name] = function(fn, ...)
    local _, other = ...
    if is_own(fn) or (name == "upvaluejoin" and is_own(other)) then
      return nil
    end
    return native(fn, ...)
  end
end
