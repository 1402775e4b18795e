-- The namespaces of `vulcan`: each is built when it is first read, and read-only. A namespace is an empty table that reads
-- through to its members; after every call the runtime looks whether it still is what it was. `metatable` is the one of
-- `vulcan`.
local host, metatable = ...

local type, pairs, ipairs, next, error, tostring = type, pairs, ipairs, next, error, tostring
local getmetatable, setmetatable, rawset, setfenv = getmetatable, setmetatable, rawset, setfenv
local chunk, functions, json, guard = host.chunk, host.functions, host.json, host.guard
local describe, read = host.core.describe, host.core.read

local sealed = host.sealed
local member, seal

-- Strict code (it has no `debug`) can reach the globals of our files and replace functions there, so what is loaded from
-- here on gets the functions as they are now, before any of it ran.
local globals = _G
if not debug then
  globals = {}
  for name, value in next, _G do
    globals[name] = value
    if type(value) == "table" and value ~= _G and not sealed[value] then
      globals[name] = {}
      for key, member in next, value do
        globals[name][key] = member
      end
    end
  end
end

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

local seal

-- `children`: names of members that are built when they are read; `live`: of those that show the running invocation.
local function metatable_of(members, path, children, live)
  for name, value in pairs(members) do
    if type(value) == "table" and getmetatable(value) == nil then
      members[name] = seal(value, path .. "." .. name)
    end
  end
  if children or live then
    setmetatable(members, {
      __index = function(_, name)
        if live and live[name] then
          return read(path, name)
        elseif children and children[name] then
          local value = member(path .. "." .. name)
          rawset(members, name, value)
          return value
        end
      end,
    })
  end
  return {
    __metatable = false,
    __index = members,
    __newindex = refuse(path),
    __pairs = function()
      for name in pairs(children or {}) do
        local _ = members[name]
      end
      local shown = members
      if live then
        shown = {}
        for name, value in next, members do
          shown[name] = value
        end
        for name in next, live do
          shown[name] = read(path, name)
        end
      end
      return function(_, name)
        return next(shown, name)
      end
    end,
  }
end

function seal(...)
  return keep(setmetatable({}, metatable_of(...)))
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
    members = setfenv(chunk(about.half), globals)(host, members) or members
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
  elseif about.view and not about.group then
    return view(path, about.view)
  end
  local members = members_of(about)
  if type(members) ~= "table" then
    return members
  end
  return seal(members, path, set_of(about.children), about.view and set_of(about.view))
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

for name, value in pairs(metatable_of({}, "vulcan", set_of(describe("vulcan").children))) do
  metatable[name] = value
end
