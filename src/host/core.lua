-- What every VM has from the start: the host functions of `host.core`, and two tables, the global `vulcan` and `host` itself,
-- that have everything else built when it is first asked for (namespaces.lua).
local host = ...
local core, chunk = host.functions(0), host.chunk
local type, ipairs, setmetatable, error = type, ipairs, setmetatable, error
host.core = core

-- Tables whose metatables nobody gets at.
local sealed = setmetatable({}, { __mode = "k" })
local metatable = { __metatable = false }

local function build()
  chunk(core.describe("host.namespaces").half)(host, metatable, sealed)
end

function metatable.__index(vulcan, name)
  build()
  return vulcan[name]
end

function metatable.__newindex(...)
  build()
  return metatable.__newindex(...)
end

function metatable.__pairs(...)
  build()
  return metatable.__pairs(...)
end

vulcan = setmetatable({}, metatable)
sealed[vulcan] = true
host.guard(vulcan)
host.guard_global("vulcan")

setmetatable(host, {
  __index = function(_, name)
    build()
    return host[name]
  end,
})

if debug then
  local get, set = debug.getmetatable, debug.setmetatable

  function debug.getmetatable(value)
    if sealed[value] then
      return false
    end
    return get(value)
  end

  function debug.setmetatable(value, own)
    if sealed[value] then
      error("debug.setmetatable: vulcan is read-only", 2)
    end
    return set(value, own)
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
end
