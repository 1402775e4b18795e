-- vulcan.host: arguments and answers cross as JSON text.
local host, tools = ...
local json = host.json()
local encode, decode = json.encode, json.decode
local type, next, pcall, error, gsub, getmetatable = type, next, pcall, error, string.gsub, getmetatable
local call = tools.call

function tools.call(name, args)
  if type(args) ~= "table" then
    error("host.call: args must be a table, got " .. type(args), 0)
  end
  -- Arguments have names, so a table without any is an empty object, unless json.array() marked it.
  if next(args) == nil and getmetatable(args) == nil then
    return decode(call(name, "{}"))
  end
  local ok, text = pcall(encode, args)
  if not ok then
    error((gsub(text, "^json%.encode: value", "host.call: args")), 0)
  end
  return decode(call(name, text))
end

tools.has_tool = tools.has
