-- The standard functions that start processes: they wait without holding a thread, and what they start dies with the call.
-- Nothing of it is loaded before one of them is called.
local host = ...
if not io then
  return
end
local native_type = io.type
local used = false

function io.popen(command, mode)
  used = true
  return host.popen.open(command, mode)
end

function os.execute(command)
  if command == nil then
    return true
  end
  return host.popen.execute(command)
end

-- The native function is called as the last act, so that its complaints name what the caller wrote.
function io.type(...)
  local kind = used and host.popen.kind((...))
  if kind then
    return kind
  end
  return native_type(...)
end
