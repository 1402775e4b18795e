-- Makes `vulcan` read-only: each table becomes an empty one that reads through to its members. The runtime looks after
-- every call whether the empty tables still are what they were.
local host = ...

local type, pairs, next, error, tostring = type, pairs, next, error, tostring
local getmetatable, setmetatable, rawget, rawset = getmetatable, setmetatable, rawget, rawset
local chunk, guard, allowed = host.chunk, host.guard, host.allowed

-- Members that are loaded when first read, by the path of their table.
local lazy = {}
for path, number in pairs(host.lazy) do
  local parent, name = path:match("^(.*)%.([^.]+)$")
  lazy[parent] = lazy[parent] or {}
  lazy[parent][name] = number
end

local sealed = setmetatable({}, { __mode = "k" })

-- A strict VM has only what its host allowed: "fs" all of vulcan.fs, "fs.read" one member of it.
local function is_allowed(path)
  if not allowed then
    return true
  end
  path = path:sub(#"vulcan." + 1)
  while path ~= "" do
    if allowed[path] then
      return true
    end
    path = path:match("^(.*)%.[^.]+$") or ""
  end
  return false
end

local seal

local function finish(value, path)
  if type(value) ~= "table" then
    return value
  end
  if getmetatable(value) ~= nil then
    guard(value)
    sealed[value] = true
    return value
  end
  return seal(value, path)
end

function seal(members, path)
  for key, value in pairs(members) do
    local member = path .. "." .. key
    members[key] = finish(value, member)
    if not is_allowed(member) and (type(value) ~= "table" or next(value) == nil) then
      members[key] = nil
    end
  end
  local loaders = lazy[path]
  local function load(key)
    local number = loaders and loaders[key]
    if not number or not is_allowed(path .. "." .. key) then
      return nil
    end
    loaders[key] = nil
    local value = finish(chunk(number)(host), path .. "." .. key)
    rawset(members, key, value)
    return value
  end
  if loaders then
    setmetatable(members, {
      __index = function(_, key)
        return load(key)
      end,
    })
  end
  local proxy = setmetatable({}, {
    __metatable = false,
    __index = members,
    __newindex = function(_, key)
      error(path .. "." .. tostring(key) .. ": " .. path .. " is read-only", 2)
    end,
    __pairs = function()
      for key in pairs(loaders or {}) do
        load(key)
      end
      return function(_, key)
        return next(members, key)
      end
    end,
  })
  guard(proxy)
  sealed[proxy] = true
  return proxy
end

if debug then
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
end

rawset(_G, "vulcan", seal(vulcan, "vulcan"))
host.guard_global("vulcan")
