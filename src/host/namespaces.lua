-- The global `vulcan`: each namespace is built when it is first read, and read-only. A namespace is an empty table that
-- reads through to its members; after every call the runtime looks whether it still is what it was.
local host = ...

local type, pairs, ipairs, next, error, tostring = type, pairs, ipairs, next, error, tostring
local getmetatable, setmetatable, rawset = getmetatable, setmetatable, rawset
local chunk, functions, json, guard = host.chunk, host.functions, host.json, host.guard
local describe, read = host.core.describe, host.core.read

local sealed = setmetatable({}, { __mode = "k" })
local member

local function refuse(path)
  return function(_, key)
    error(path .. "." .. tostring(key) .. ": " .. path .. " is read-only", 2)
  end
end

local function keep(proxy)
  guard(proxy)
  sealed[proxy] = true
  return proxy
end

-- A table that shows the running invocation: every read asks the host, so there is nothing to reset between calls.
local function view(path, keys)
  local known = {}
  for _, key in ipairs(keys) do
    known[key] = true
  end
  return keep(setmetatable({}, {
    __metatable = false,
    __index = function(_, key)
      if known[key] then
        return read(path, key)
      end
    end,
    __newindex = refuse(path),
    __pairs = function()
      local i = 0
      return function()
        while i < #keys do
          i = i + 1
          local value = read(path, keys[i])
          if value ~= nil then
            return keys[i], value
          end
        end
      end
    end,
  }))
end

-- `children`: names of members that are built when they are read.
local function seal(members, path, children)
  for name, value in pairs(members) do
    if type(value) == "table" and getmetatable(value) == nil then
      members[name] = seal(value, path .. "." .. name)
    end
  end
  if children then
    setmetatable(members, {
      __index = function(_, name)
        if children[name] then
          local value = member(path .. "." .. name)
          rawset(members, name, value)
          return value
        end
      end,
    })
  end
  return keep(setmetatable({}, {
    __metatable = false,
    __index = members,
    __newindex = refuse(path),
    __pairs = function()
      if children then
        local _ = children[1] -- has the names filled in where they are asked for late
        for name in pairs(children) do
          _ = members[name]
        end
      end
      return function(_, name)
        return next(members, name)
      end
    end,
  }))
end

local function set_of(names)
  local set
  for _, name in ipairs(names) do
    set = set or {}
    set[name] = true
  end
  return set
end

local function members_of(about)
  local members = about.json and json() or about.group and functions(about.group) or {}
  for name, value in pairs(about.values or {}) do
    members[name] = value
  end
  if about.half then
    members = chunk(about.half)(host, members) or members
  end
  if about.only then
    if type(members) ~= "table" then
      return nil -- a function has no members that could be allowed by themselves
    end
    local allowed = set_of(about.only) or {}
    for name in pairs(members) do
      if not allowed[name] then
        members[name] = nil
      end
    end
  end
  return members
end

function member(path)
  local about = describe(path)
  if not about then
    return nil
  elseif about.own then
    return host.own[about.own]
  elseif about.view then
    return view(path, about.view)
  end
  local members = members_of(about)
  return type(members) == "table" and seal(members, path, set_of(about.children)) or members
end

-- Lua halves read the private functions of the host as `host.<namespace>`.
setmetatable(host, {
  __index = function(_, name)
    local about = describe("host." .. name)
    local members = about and members_of(about)
    rawset(host, name, members)
    return members
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
end

-- Which members there are is asked for when one is read.
local everything = setmetatable({}, {
  __index = function(children, name)
    setmetatable(children, nil)
    for _, child in ipairs(describe("vulcan").children) do
      children[child] = true
    end
    return children[name]
  end,
})
vulcan = seal({}, "vulcan", everything)
host.guard_global("vulcan")
