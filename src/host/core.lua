-- What every VM has from the start: the host functions of `host.core`, and two tables, the global `vulcan` and `host` itself,
-- that have everything else built when it is first asked for (namespaces.lua).
local host = ...
local core, chunk = host.functions(0), host.chunk
local setmetatable = setmetatable
host.core = core
-- Tables whose metatables nobody gets at.
host.sealed = setmetatable({}, { __mode = "k" })

local metatable = { __metatable = false }

local function build()
  chunk(core.describe("host.namespaces").half)(host, metatable)
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
host.sealed[vulcan] = true
host.guard(vulcan)
host.guard_global("vulcan")

setmetatable(host, {
  __index = function(_, name)
    build()
    return host[name]
  end,
})
