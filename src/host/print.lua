-- Turning values into text is Lua's business: __tostring may be Lua code.
local host = ...
local emit = host.core.print
local tostring, select, concat = tostring, select, table.concat

function print(...)
  local parts = {}
  for i = 1, select("#", ...) do
    parts[i] = tostring((select(i, ...)))
  end
  emit(concat(parts, "\t"))
end
