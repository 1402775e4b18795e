-- Results of an exec as pairs of a kind and a text: strings as they are, everything else as JSON, or as Lua writes it where
-- JSON cannot say it.
local host, members = ...

local type, select, tostring, pcall, error = type, select, tostring, pcall, error
local encode = host.json().encode
local printable = members.printable

-- As tostring, except that what fails in a __tostring does not make a failure of the run.
local function written(value)
  local ok, text = pcall(tostring, value)
  return ok and text or type(value)
end

local function show(value)
  if type(value) ~= "string" then
    local ok, text = pcall(encode, value)
    if ok then
      return "json", text
    end
    value = written(value)
  end
  -- Bytes that are not UTF-8 cannot be returned.
  return "text", pcall(encode, value) and value or printable(value)
end

-- A few strings, returned many times over, would make a report of gigabytes.
local limit = 2 ^ 24

return function(...)
  local values, shown, size = { ... }, {}, 0
  for i = 1, select("#", ...) do
    local kind, text = show(values[i])
    size = size + #text
    if size > limit then
      error("the returned values take more than " .. limit .. " bytes", 0)
    end
    shown[i] = { kind, text }
  end
  return shown
end
