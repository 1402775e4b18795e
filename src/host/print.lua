-- Turning values into text is Lua's business (__tostring may be Lua code). Bytes that are not UTF-8 cannot cross into
-- JavaScript; printing must not fail over them.
local host = ...
local emit = host.core.print
local tostring, select, pcall, gsub, concat = tostring, select, pcall, string.gsub, table.concat

function print(...)
  local parts = {}
  for i = 1, select("#", ...) do
    parts[i] = tostring((select(i, ...)))
  end
  local line = concat(parts, "\t")
  if not pcall(emit, line) then
    emit((gsub(line, "[\128-\255]", "?")))
  end
end
