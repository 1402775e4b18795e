-- The native io library, with two differences. The standard streams belong to the host: what is written there is logged, and
-- there is nothing to read. And default files (io.input, io.output) are those of the skill that set them.
local host = ...
local io = io
if not io then
  return
end

local getfenv, setmetatable, type, error = getfenv, setmetatable, type, error
local format = string.format
local open, lines = io.open, io.lines
local stream_of = { [io.stdin] = "stdin", [io.stdout] = "stdout", [io.stderr] = "stderr" }
local standard = { input = io.stdin, output = io.stdout }

local methods = getmetatable(io.stdout)
for _, name in ipairs({ "close", "flush", "lines", "read", "seek", "setvbuf", "write" }) do
  local native = methods[name]
  methods[name] = function(file, ...)
    local stream = stream_of[file]
    if stream then
      return host.console[name](stream, file, ...)
    end
    return native(file, ...)
  end
end

-- By the environment of the running coroutine, which is that of the skill.
local defaults = setmetatable({}, { __mode = "k" })

local function default(which)
  local own = defaults[getfenv(0)]
  return own and own[which] or standard[which]
end

for which, mode in pairs({ input = "r", output = "w" }) do
  io[which] = function(file)
    if file == nil then
      return default(which)
    elseif type(file) == "string" or type(file) == "number" then
      local opened, message = open(file, mode)
      if not opened then
        error(format("bad argument #1 to '%s' (%s)", which, message), 2)
      end
      file = opened
    elseif type(file) ~= "userdata" then
      error(format("bad argument #1 to '%s' (FILE* expected, got %s)", which, type(file)), 2)
    end
    local environment = getfenv(0)
    defaults[environment] = defaults[environment] or {}
    defaults[environment][which] = file
    return file
  end
end

function io.read(...)
  return default("input"):read(...)
end

function io.write(...)
  return default("output"):write(...)
end

function io.flush()
  return default("output"):flush()
end

function io.close(file)
  if file == nil then
    file = default("output")
  elseif type(file) ~= "userdata" then
    error(format("bad argument #1 to 'close' (FILE* expected, got %s)", type(file)), 2)
  end
  return file:close()
end

function io.lines(name, ...)
  if name == nil then
    return default("input"):lines(...)
  end
  return lines(name, ...)
end
