-- The functions of the native io library that use default files.
local host, functions = ...
local pairs, type, error = pairs, type, error
local format = string.format
local open, lines = host.native_io.open, host.native_io.lines
local default, keep = host.default_files({ input = host.native_io.stdin, output = host.native_io.stdout })

for which, mode in pairs({ input = "r", output = "w" }) do
  functions[which] = function(file)
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
    return keep(which, file)
  end
end

function functions.read(...)
  return default("input"):read(...)
end

function functions.write(...)
  return default("output"):write(...)
end

function functions.flush()
  return default("output"):flush()
end

function functions.close(file)
  if file == nil then
    file = default("output")
  elseif type(file) ~= "userdata" then
    error(format("bad argument #1 to 'close' (FILE* expected, got %s)", type(file)), 2)
  end
  return file:close()
end

function functions.lines(name, ...)
  if name == nil then
    return default("input"):lines(...)
  end
  return lines(name, ...)
end
