-- What the standard streams do inside a host. Each function gets the name of the stream and its file, then the arguments
-- of the method.
local _, stream = ...
local write = stream.write
local error, select, tostring, type, unpack = error, select, tostring, type, unpack
local concat, format, match = table.concat, string.format, string.match

local console = {}

function console.write(name, file, ...)
  if name == "stdin" then
    return nil, "standard input cannot be written", 9
  end
  local parts = {}
  for i = 1, select("#", ...) do
    local value = select(i, ...)
    local kind = type(value)
    if kind ~= "string" and kind ~= "number" then
      error(format("bad argument #%d to 'write' (string expected, got %s)", i, kind), 2)
    end
    parts[i] = tostring(value)
  end
  write(name, concat(parts))
  return file
end

-- Standard input is empty.
function console.read(name, _, ...)
  if name ~= "stdin" then
    return nil, "standard output cannot be read", 9
  end
  local results = {}
  for i = 1, select("#", ...) do
    local wanted = select(i, ...)
    if type(wanted) == "number" or match(tostring(wanted), "^%*?[nlL]") then
      return unpack(results, 1, i)
    elseif not match(tostring(wanted), "^%*?a") then
      error(format("bad argument #%d to 'read' (invalid format)", i), 2)
    end
    results[i] = ""
  end
  return unpack(results)
end

function console.lines()
  return function() end
end

function console.flush()
  return true
end

function console.setvbuf()
  return true
end

function console.seek()
  return nil, "a standard stream has no positions", 29
end

function console.close()
  return nil, "cannot close standard file"
end

return console
