-- Files of vulcan.io. A handle holds the whole content; the disk sees it when it is flushed or closed.
local host, handles = ...
local disk = host.disk
local error, getmetatable, newproxy, setmetatable = error, getmetatable, newproxy, setmetatable
local pairs, select, tostring, type, unpack = pairs, select, tostring, type, unpack
local concat, find, floor, format, match, sub = table.concat, string.find, math.floor, string.format, string.match, string.sub

local states = setmetatable({}, { __mode = "k" })

local function fail(method, problem)
  error("file:" .. method .. ": " .. problem, 0)
end

-- Text that was written behind the end is kept in pieces until somebody looks.
local function content(state)
  if state.pieces[1] then
    state.text = state.text .. concat(state.pieces)
    state.pieces = {}
  end
  return state.text
end

local function check_readable(state, method)
  if state.kind ~= "r" and not state.update then
    fail(method, "the file is not open for reading")
  end
end

local function is_count(value)
  return type(value) == "number" and value >= 0 and value < 2 ^ 53 and floor(value) == value
end

-- Takes what is in front of byte `stop`, counted from 0.
local function take(state, stop)
  local text = sub(state.text, state.position + 1, stop)
  state.position = stop
  return text
end

-- The next line, nil at the end.
local function read_line(state, with_end)
  if state.position >= state.size then
    return nil
  end
  local last = find(state.text, "\n", state.position + 1, true)
  local line = take(state, last or state.size)
  if with_end then
    return line
  end
  if last then
    line = sub(line, 1, -2)
  end
  return state.is_text and sub(line, -1) == "\r" and sub(line, 1, -2) or line
end

local function read_one(state, method, wanted)
  if is_count(wanted) then
    if state.position >= state.size then
      return nil
    end
    return take(state, state.position + wanted < state.size and state.position + wanted or state.size)
  end
  local letter = type(wanted) == "string" and match(wanted, "^%*?([alL])$")
  if letter == "a" then
    return take(state, state.size)
  elseif letter then
    return read_line(state, letter == "L")
  end
  fail(method, "unsupported format " .. (type(wanted) == "string" and '"' .. wanted .. '"' or tostring(wanted)))
end

-- What Lua code gets to see of content.
local function shown(state, text)
  return state.base64 and text and disk.encode(text) or text
end

local function read(state, method, ...)
  content(state)
  local count = select("#", ...)
  if count == 0 then
    return shown(state, read_line(state, false))
  end
  local results = {}
  for i = 1, count do
    results[i] = shown(state, read_one(state, method, (select(i, ...))))
    if results[i] == nil then
      return unpack(results, 1, i)
    end
  end
  return unpack(results, 1, count)
end

local function put(state, text)
  if state.kind == "a" then
    state.position = state.size
  end
  if state.position == state.size then
    state.pieces[#state.pieces + 1] = text
    state.size = state.size + #text
  else
    local old = content(state)
    state.text = sub(old, 1, state.position) .. text .. sub(old, state.position + #text + 1)
    state.size = #state.text
  end
  state.position = state.position + #text
  state.dirty = true
end

local methods = {}

function methods.read(state, _, ...)
  check_readable(state, "read")
  return read(state, "read", ...)
end

function methods.lines(state, self, ...)
  check_readable(state, "lines")
  local formats, count = { ... }, select("#", ...)
  return function()
    if state.closed then
      fail("lines", "the file is closed")
    end
    return read(state, "lines", unpack(formats, 1, count))
  end
end

function methods.write(state, self, ...)
  if state.kind == "r" and not state.update then
    fail("write", "the file is not open for writing")
  end
  for i = 1, select("#", ...) do
    local value = select(i, ...)
    local kind = type(value)
    if kind ~= "string" and kind ~= "number" and kind ~= "boolean" then
      fail("write", format("value %d must be a string, number or boolean, got %s", i, kind))
    end
    local text = tostring(value)
    put(state, state.base64 and disk.decode("file:write", text) or text)
  end
  return self
end

local function flush(state)
  if not state.dirty or not state.path then
    return
  end
  local text = content(state)
  if state.kind == "a" then
    disk.save("file:flush", state.path, state.encoding, sub(text, state.saved + 1), true)
    state.saved = #text
  else
    disk.save("file:flush", state.path, state.encoding, text, false)
  end
  state.dirty = false
end

function methods.flush(state)
  flush(state)
  return true
end

-- For a command: whether it succeeded.
function methods.close(state)
  if not state.closed then
    flush(state)
    state.closed, state.text, state.pieces = true, "", {}
  end
  return state.success ~= false
end

function methods.seek(state, _, whence, offset)
  whence, offset = whence == nil and "cur" or whence, offset == nil and 0 or offset
  local base = whence == "set" and 0 or whence == "cur" and state.position or whence == "end" and state.size
  if not base then
    fail("seek", 'whence must be "set", "cur" or "end", got ' .. tostring(whence))
  elseif type(offset) ~= "number" or floor(offset) ~= offset then
    fail("seek", "offset must be an integer, got " .. host.text.type_word(offset))
  elseif base + offset < 0 then
    fail("seek", "there is nothing before the start of a file")
  end
  state.position = base + offset < state.size and base + offset or state.size
  return state.position
end

function methods.setvbuf()
  return true
end

-- Further handles share the metatable of this one.
local prototype = newproxy(true)
local metatable = getmetatable(prototype)
metatable.__metatable = false
metatable.__index = {}
for name, method in pairs(methods) do
  metatable.__index[name] = function(self, ...)
    local state = states[self]
    if not state then
      fail(name, "must be called as a method of a file, got " .. host.text.type_word(self))
    elseif state.stream then
      return host.console[name](state.stream, self, ...)
    elseif state.closed and name ~= "close" then
      fail(name, "the file is closed")
    end
    return method(state, self, ...)
  end
end

function metatable.__tostring(self)
  local state = states[self]
  return state.closed and "file (closed)" or format("file (%p)", state)
end

local function make(state)
  state.text = state.text or ""
  state.size = #state.text
  -- Pieces behind `text`; where reading and writing goes on; how much of the size an append has written.
  state.pieces, state.position, state.saved = {}, 0, state.size
  local handle = newproxy(prototype)
  states[handle] = state
  return handle
end

-- Opens a file; errors carry the name of the function.
function handles.open(fn, path, mode, options)
  local state = disk.plan(fn, path, mode, options)
  local kind = state.kind
  if kind == "r" then
    state.text = disk.load(fn, state.path, state.encoding, state.update)
  elseif kind == "a" and state.update and state.exists then
    state.text = disk.load(fn, state.path, state.encoding, false)
  end
  -- What is opened for writing is there after it is closed, also when nothing was written.
  state.dirty = kind == "w" or (kind == "a" and not state.exists)
  return make(state)
end

-- Content that is in memory only. `about.is_text`: lines may end with CR LF; `about.base64`: it is read as base64.
function handles.memory(text, about)
  about.text, about.kind = text, about.kind or "r"
  return make(about)
end

-- A standard stream of the host.
function handles.stream(name)
  return make({ stream = name, kind = "w" })
end

-- "file" or "closed file" for a handle, else nil.
function handles.kind(value)
  local state = states[value]
  return state and (state.closed and "closed file" or "file")
end
