-- io.popen and os.execute on the process layer. A pipe behaves as a file of the standard library does; what is read ahead
-- stays here, so a line costs no crossing to the host.
local host, popen = ...
local pipe = host.pipe
local error, newproxy, getmetatable, setmetatable = error, newproxy, getmetatable, setmetatable
local type, tostring, tonumber, select, unpack = type, tostring, tonumber, select, unpack
local min = math.min
local find, sub, match, format, concat = string.find, string.sub, string.match, string.format, table.concat

local WRITE_AHEAD = 4096

local states = setmetatable({}, { __mode = "k" })

local function bad_argument(index, fn, problem)
  error(format("bad argument #%d to '%s' (%s)", index, fn, problem), 0)
end

local function given(value)
  return value == nil and "no value" or type(value)
end

local function state_of(file, fn)
  local state = states[file]
  if not state then
    bad_argument(1, fn, "FILE* expected, got " .. given(file))
  end
  if state.closed then
    error("attempt to use a closed file", 0)
  end
  return state
end

-- Gets more to read; false at the end.
local function refill(state)
  if state.ended then
    return false
  end
  local chunk = pipe.read(state.number)
  if chunk == nil then
    state.ended = true
    return false
  end
  state.buffer = sub(state.buffer, state.next) .. chunk
  state.next = 1
  return true
end

local function take(state, last)
  local text = sub(state.buffer, state.next, last)
  state.next = last + 1
  return text
end

local function read_line(state, keep_end)
  local from = state.next
  while true do
    local stop = find(state.buffer, "\n", from, true)
    if stop then
      local line = take(state, stop)
      return keep_end and line or sub(line, 1, -2)
    end
    local seen = #state.buffer - state.next + 1
    if not refill(state) then
      return seen > 0 and take(state, #state.buffer) or nil
    end
    from = seen + 1
  end
end

local function read_all(state)
  local pieces = {}
  repeat
    pieces[#pieces + 1] = take(state, #state.buffer)
  until not refill(state)
  return concat(pieces)
end

local function read_bytes(state, count)
  if state.next > #state.buffer and not refill(state) then
    return nil
  end
  local pieces, missing = {}, count
  repeat
    local piece = take(state, min(state.next + missing - 1, #state.buffer))
    pieces[#pieces + 1] = piece
    missing = missing - #piece
  until missing == 0 or not refill(state)
  return concat(pieces)
end

local function read_number(state)
  while true do
    local start = find(state.buffer, "%S", state.next)
    if start then
      state.next = start
      break
    end
    state.next = #state.buffer + 1
    if not refill(state) then
      return nil
    end
  end
  while not find(state.buffer, "[^%w.+-]", state.next) and refill(state) do
  end
  local stop = find(state.buffer, "[^%w.+-]", state.next) or #state.buffer + 1
  for last = stop - 1, state.next, -1 do
    local value = tonumber(sub(state.buffer, state.next, last))
    if value then
      state.next = last + 1
      return value
    end
  end
  return nil
end

local function read_one(state, what, index, fn)
  if type(what) == "number" then
    return read_bytes(state, what)
  elseif type(what) ~= "string" then
    bad_argument(index, fn, format("string expected, got %s", what == nil and "nil" or type(what)))
  end
  local letter = match(what, "^%*?(.?)")
  if letter == "l" or letter == "L" then
    return read_line(state, letter == "L")
  elseif letter == "a" then
    return read_all(state)
  elseif letter == "n" then
    return read_number(state)
  end
  bad_argument(index, fn, "invalid format")
end

local function read_formats(state, fn, first, ...)
  local count = select("#", ...)
  if count == 0 then
    return read_line(state, false)
  end
  local results = {}
  for i = 1, count do
    results[i] = read_one(state, (select(i, ...)), first + i - 1, fn)
    if results[i] == nil then
      return unpack(results, 1, i)
    end
  end
  return unpack(results, 1, count)
end

-- As the C library does on a descriptor that cannot do what is asked.
local function wrong_descriptor()
  return nil, "Bad file descriptor", 9
end

local function broken_pipe()
  return nil, "Broken pipe", 32
end

local function send(state)
  if #state.pending == 0 then
    return true
  end
  local text = concat(state.pending)
  state.pending, state.pending_bytes = {}, 0
  return pipe.write(state.number, text)
end

-- true, "exit", 0 for success, as io.close and os.execute of Lua 5.2 tell it.
local function command_end(result)
  if result.message then
    return nil, result.message, 0
  end
  return result.what == "exit" and result.code == 0 or nil, result.what, result.code
end

local methods = {}

function methods.read(self, ...)
  local state = state_of(self, "read")
  if state.mode == "w" then
    return wrong_descriptor()
  end
  return read_formats(state, "read", 1, ...)
end

function methods.lines(self, ...)
  local state = state_of(self, "lines")
  local formats, count = { ... }, select("#", ...)
  return function()
    if state.closed then
      error("file is already closed", 0)
    elseif state.mode == "w" then
      error("Bad file descriptor", 0)
    end
    return read_formats(state, "lines", 1, unpack(formats, 1, count))
  end
end

function methods.write(self, ...)
  local state = state_of(self, "write")
  if state.mode == "r" then
    return wrong_descriptor()
  end
  for i = 1, select("#", ...) do
    local value = select(i, ...)
    if type(value) ~= "string" and type(value) ~= "number" then
      bad_argument(i, "write", format("string expected, got %s", value == nil and "nil" or type(value)))
    end
    local text = tostring(value)
    state.pending[#state.pending + 1] = text
    state.pending_bytes = state.pending_bytes + #text
  end
  if state.pending_bytes >= (state.unbuffered and 1 or WRITE_AHEAD) and not send(state) then
    return broken_pipe()
  end
  return self
end

function methods.flush(self)
  local state = state_of(self, "flush")
  if state.mode == "w" and not send(state) then
    return broken_pipe()
  end
  return true
end

function methods.setvbuf(self, mode)
  local state = state_of(self, "setvbuf")
  if mode ~= "no" and mode ~= "full" and mode ~= "line" then
    bad_argument(1, "setvbuf", format("invalid option '%s'", tostring(mode)))
  end
  state.unbuffered = mode == "no"
  return true
end

function methods.seek(self)
  state_of(self, "seek")
  return nil, "Illegal seek", 29
end

function methods.close(self)
  local state = state_of(self, "close")
  if state.mode == "w" then
    send(state)
  end
  state.closed = true
  return command_end(pipe.close(state.number))
end

-- Further files share the metatable of this one.
local prototype = newproxy(true)
local metatable = getmetatable(prototype)
metatable.__index = methods
metatable.__metatable = false
metatable.__tostring = function(self)
  local state = states[self]
  return state.closed and "file (closed)" or format("file (%p)", state)
end

local function check_command(command, fn)
  if type(command) ~= "string" and type(command) ~= "number" then
    bad_argument(1, fn, "string expected, got " .. given(command))
  end
  return tostring(command)
end

function popen.open(command, mode)
  command = check_command(command, "popen")
  mode = mode == nil and "r" or tostring(mode)
  if not find(mode, "^[rw][be]*$") then
    return nil, command .. ": Invalid argument", 22
  end
  mode = sub(mode, 1, 1)
  local number = pipe.open(command, mode)
  if type(number) == "string" then
    return nil, command .. ": " .. number, 0
  end
  local file = newproxy(prototype)
  states[file] = {
    number = number,
    mode = mode,
    -- Of what was read ahead, `next` is the first byte that nobody has got yet.
    buffer = "",
    next = 1,
    pending = {},
    pending_bytes = 0,
  }
  return file
end

function popen.execute(command)
  return command_end(pipe.execute(check_command(command, "execute")))
end

-- "file" or "closed file" for a file of ours, else nil.
function popen.kind(value)
  local state = states[value]
  return state and (state.closed and "closed file" or "file")
end
