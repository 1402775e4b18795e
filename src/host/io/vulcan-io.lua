-- vulcan.io beside what is plain reading and writing of text: handles.
local host, io = ...
local handles = host.handles
local popen = host.disk.popen
local byte, sub = string.byte, string.sub

function io.open(path, mode, options)
  return handles.open("vulcan.io.open", path, mode, options)
end

-- The lines of a file without their ends.
function io.lines(path, options)
  return handles.open("vulcan.io.lines", path, "r", options):lines()
end

-- A file without a name, gone with its handle.
function io.tmpfile()
  return handles.memory("", { kind = "w", update = true, is_text = true })
end

local PLUS, TEXT, BASE64 = byte("+te", 1, 3)

-- The command has ended when this returns.
function io.popen(command, mode, options)
  local output = popen("vulcan.io.popen", command, mode, options)
  local ended, kind = byte(output, 1, 2)
  return handles.memory(sub(output, 3), {
    success = ended == PLUS,
    is_text = kind == TEXT,
    base64 = kind == BASE64,
  })
end
