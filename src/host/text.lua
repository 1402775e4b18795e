-- Checks of text arguments for the halves that never leave Lua. Messages are those of arguments.ts.
local _, text = ...
local type, error = type, error
local find, gsub = string.find, string.gsub

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

text.is_utf8 = is_utf8
text.type_word = type_word

-- `value` if it is text that names something: UTF-8, not blank, no NUL, not the tostring of an object.
function text.check_name(fn, parameter, value)
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
