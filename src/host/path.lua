-- vulcan.path: pure text, so it never leaves the thread it runs on.
local host, path = ...
local separator = host.platform.separator
local windows = separator == "\\"
local type, error, select = type, error, select
local find, gsub, match, sub = string.find, string.gsub, string.match, string.sub

local objects = { "^%s*table: 0x", "^%s*function: 0x", "^%s*thread: 0x", "^%s*userdata: 0x" }

-- Replaces each well-formed sequence by a blank (never by nothing: that could join stray bytes into a new sequence);
-- a byte above 127 that is left belongs to no well-formed sequence.
local function is_utf8(text)
  if not find(text, "[\128-\255]") then return true end
  text = gsub(text, "\240[\144-\191][\128-\191][\128-\191]", " ")
  text = gsub(text, "[\241-\243][\128-\191][\128-\191][\128-\191]", " ")
  text = gsub(text, "\244[\128-\143][\128-\191][\128-\191]", " ")
  text = gsub(text, "\224[\160-\191][\128-\191]", " ")
  text = gsub(text, "\237[\128-\159][\128-\191]", " ")
  text = gsub(text, "[\225-\236\238\239][\128-\191][\128-\191]", " ")
  text = gsub(text, "[\194-\223][\128-\191]", " ")
  return not find(text, "[\128-\255]")
end

local function type_word(value)
  local kind = type(value)
  if kind == "number" and value % 1 == 0 then return "integer" end
  return kind == "cdata" and "other" or kind
end

local function check(fn, parameter, value)
  local problem
  if type(value) ~= "string" then
    problem = "must be a string, got " .. type_word(value)
  elseif not is_utf8(value) then
    problem = "must be a valid UTF-8 string"
  elseif not find(value, "%S") then
    problem = "must not be empty"
  elseif find(value, "\0", 1, true) then
    problem = "must not contain NUL bytes"
  else
    for i = 1, #objects do
      if find(value, objects[i]) then problem = "looks like a coerced Lua object string" end
    end
  end
  if problem then error(fn .. ": " .. parameter .. " " .. problem, 0) end
  return value
end

local function is_absolute(path)
  if windows then return match(path, "^%a:[\\/]") ~= nil or match(path, "^[\\/]") ~= nil end
  return sub(path, 1, 1) == "/"
end

local function ends_with_separator(path)
  local last = sub(path, -1)
  return last == "/" or (windows and last == "\\")
end

-- Joins segments with the separator of the platform; an absolute one starts anew. Nothing is normalised.
function path.join(...)
  local count = select("#", ...)
  if count == 0 then error("path.join: expected at least one path segment", 0) end
  local joined
  for i = 1, count do
    local segment = check("path.join", "path segment " .. i, (select(i, ...)))
    if joined == nil or is_absolute(segment) then
      joined = segment
    elseif ends_with_separator(joined) then
      joined = joined .. segment
    else
      joined = joined .. separator .. segment
    end
  end
  return joined
end
