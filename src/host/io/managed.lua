-- The io library on handles of vulcan.io, for VMs that do not have the native one. Files know encodings, commands run to
-- their end, and what fails raises.
local host = ...
local handles, vulcan_io = host.handles, vulcan.io
local error, match, select, type = error, string.match, select, type

local io = {
  open = vulcan_io.open,
  popen = vulcan_io.popen,
  tmpfile = vulcan_io.tmpfile,
  type = handles.kind,
  stdin = handles.stream("stdin"),
  stdout = handles.stream("stdout"),
  stderr = handles.stream("stderr"),
}

local default, keep = host.default_files({ input = io.stdin, output = io.stdout })

local function define(which, mode)
  local fn = "io." .. which
  io[which] = function(file)
    if file == nil then
      return default(which)
    elseif type(file) == "string" then
      file = handles.open(fn, file, mode)
    elseif not handles.kind(file) then
      error(fn .. ": file must be a path or a file, got " .. host.text.type_word(file), 0)
    end
    return keep(which, file)
  end
end

define("input", "r")
define("output", "w")

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
  elseif not handles.kind(file) then
    error("io.close: file must be a file, got " .. host.text.type_word(file), 0)
  end
  return file:close()
end

-- Formats as the native library takes them, or an encoding as vulcan.io does.
local function is_format(value)
  return type(value) == "number" or (type(value) == "string" and match(value, "^%*?[alLn]$") ~= nil)
end

function io.lines(path, ...)
  local first = ...
  if path == nil then
    return default("input"):lines(...)
  elseif first == nil then
    return handles.open("io.lines", path, "r"):lines()
  elseif is_format(first) then
    return handles.open("io.lines", path, "r"):lines(...)
  end
  return handles.open("io.lines", path, "r", first):lines(select(2, ...))
end

return io
