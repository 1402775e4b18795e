-- Results of an exec as pairs of a kind and a text: strings as they are, everything else as JSON, or as Lua writes it where
-- JSON cannot say it.
local host = ...

local type, select, tostring, pcall, gsub = type, select, tostring, pcall, string.gsub
local encode = host.json().encode

local function show(value)
  if type(value) ~= "string" then
    local ok, text = pcall(encode, value)
    if ok then
      return "json", text
    end
    value = tostring(value)
  end
  -- Bytes that are not UTF-8 cannot cross.
  return "text", pcall(encode, value) and value or (gsub(value, "[\128-\255]", "?"))
end

return function(...)
  local values, shown = { ... }, {}
  for i = 1, select("#", ...) do
    local kind, text = show(values[i])
    shown[i] = { kind, text }
  end
  return shown
end
