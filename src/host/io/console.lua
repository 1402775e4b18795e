-- What the standard streams do inside a host. Each function gets the name of the stream and its file, then the arguments
-- of the method.
local host, stream = ...
local write, write_bytes = stream.write, stream.write_bytes
local error, format, match, pcall, select = error, string.format, string.match, pcall, select
local concat, tostring, type, unpack = table.concat, tostring, type, unpack

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
  local text = concat(parts)
  -- The bytes of a character may come in several writes.
  if not pcall(write, name, text) then
    write_bytes(name, host.base64.encode(text))
  end
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
