-- The native io library, except that the standard streams belong to the host: what is written there is logged, and there is
-- nothing to read. A file is what it always was; only its methods look whether it is one of the three.
local host = ...
local io = io
if not io then
  return
end

local input, output, lines = io.input, io.output, io.lines
local stream_of = { [io.stdin] = "stdin", [io.stdout] = "stdout", [io.stderr] = "stderr" }

local methods = getmetatable(io.stdout)
local own = {}
for _, name in ipairs({ "close", "flush", "lines", "read", "seek", "setvbuf", "write" }) do
  local native = methods[name]
  own[name] = function(file, ...)
    local stream = stream_of[file]
    if stream then
      return host.console[name](stream, file, ...)
    end
    return native(file, ...)
  end
  methods[name] = own[name]
end

for name, current in pairs({ read = input, write = output, flush = output }) do
  local method = own[name]
  io[name] = function(...)
    return method(current(), ...)
  end
end

function io.close(file)
  return own.close(file or output())
end

function io.lines(name, ...)
  if name == nil then
    return own.lines(input(), ...)
  end
  return lines(name, ...)
end
