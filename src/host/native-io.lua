-- The native io library, with two differences. The standard streams belong to the host: what is written there is logged, and
-- there is nothing to read. And default files (io.input, io.output) are those of the skill that set them. What makes either
-- difference is loaded when it is first needed.
local host = ...
local io = io
if not io then
  return
end

local stream_of = { [io.stdin] = "stdin", [io.stdout] = "stdout", [io.stderr] = "stderr" }
host.native_io = { open = io.open, lines = io.lines, stdin = io.stdin, stdout = io.stdout }

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

for _, name in ipairs({ "close", "flush", "input", "lines", "output", "read", "write" }) do
  io[name] = function(...)
    return host.native_defaults[name](...)
  end
end
