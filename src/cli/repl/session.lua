-- What the repl asks of its VM: to run what was typed, and to say what could come next. `inspect` is inspect.lua.
local inspect = ...

local type, pairs, next, pcall, load, select = type, pairs, next, pcall, load, select
local getmetatable, rawget = debug.getmetatable, rawget
local match, find, sub, gmatch = string.match, string.find, string.sub, string.gmatch
local sort, concat = table.sort, table.concat
local strings = string
local vulcan = vulcan
-- The globals of the session: they stay from one input to the next.
local globals = _G

local repl = {}

local colours = { string = "\27[32m", number = "\27[33m", keyword = "\27[33m", note = "\27[36m" }

local function painter(coloured)
  local paint = {}
  for kind, code in pairs(colours) do
    paint[kind] = function(text)
      return coloured and code .. text .. "\27[39m" or text
    end
  end
  return paint
end

-- An expression gives its values, everything else is statements. `return f()` would be a tail call, after which errors and
-- tracebacks name our own lines.
local function compile(source)
  source = source:gsub("^%s*=", "", 1)
  if load("return " .. source, "=repl", "t", globals) then
    source = "return (function(...) return ... end)(" .. source .. "\n)"
  end
  return load(source, "=repl", "t", globals)
end

local function present(width, coloured, ...)
  return { values = inspect(width, painter(coloured), select("#", ...), ...) }
end

function repl.run(args)
  local input, problem = compile(args.source)
  if not input then
    return { problem = problem, incomplete = find(problem, "near '?<eof>'?$") ~= nil }
  end
  return present(args.width, args.coloured, input())
end

-- Reading must not run code of whoever made the value: only tables behind __index count. What the host has made is safe; its
-- metatables do not show, not even to `debug`.
local function read(value, name, depth)
  if type(value) == "string" then
    return strings[name]
  elseif type(value) ~= "table" or depth > 10 then
    return nil
  end
  local metatable = getmetatable(value)
  if metatable == false then
    return value[name]
  end
  local member = rawget(value, name)
  if member == nil and type(metatable) == "table" then
    return read(rawget(metatable, "__index"), name, depth + 1)
  end
  return member
end

local function names_in(value, found, depth)
  if type(value) == "string" then
    value = strings
  end
  if type(value) ~= "table" or depth > 10 then
    return
  end
  local metatable = getmetatable(value)
  local sealed = metatable == false
  local iterate, state = next, value
  if sealed then
    iterate, state = pairs(value)
  end
  for name, member in iterate, state do
    if type(name) == "string" and find(name, "^[%a_][%w_]*$") and found[name] == nil then
      found[name] = type(member)
    end
  end
  if not sealed and type(metatable) == "table" then
    names_in(rawget(metatable, "__index"), found, depth + 1)
  end
end

local keywords =
  "and break do else elseif end false for function goto if in local nil not or repeat return then true until while"

-- @return every way in which the name at the end of the line could go on, and that name as it is
function repl.complete(args)
  local typed = match(args.line, "[%a_][%w_%.:]*$") or ""
  local base, separator, start = match(typed, "^(.-)([%.:]?)([%a_]?[%w_]*)$")
  local found, value = {}, globals
  for name in gmatch(base, "[^%.:]+") do
    value = read(value, name, 0)
  end
  names_in(value, found, 0)
  if base == "" then
    for word in gmatch(keywords, "%a+") do
      found[word] = "keyword"
    end
  end
  local candidates = {}
  for name, kind in pairs(found) do
    if sub(name, 1, #start) == start and (separator ~= ":" or kind == "function") then
      candidates[#candidates + 1] = base .. separator .. name
    end
  end
  sort(candidates)
  return { candidates = candidates, typed = typed }
end

return repl
