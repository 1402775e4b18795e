-- Specs of processes before they cross to the host: of a table only the fields that count, so that what skills add for
-- other versions may be anything; and what cannot cross is refused by name.
local host, spec = ...
local type, error, pairs, ipairs, tostring = type, error, pairs, ipairs, tostring
local is_utf8 = host.text.is_utf8
local format = string.format
local null = vulcan.json.null

local cannot_cross = { ["function"] = true, thread = true, userdata = true }

local function check(fn, parameter, value)
  if type(value) == "string" and not is_utf8(value) then
    error(format("%s: %s must be a valid UTF-8 string", fn, parameter), 0)
  elseif cannot_cross[type(value)] and value ~= null then
    error(format("%s: %s cannot be a %s", fn, parameter, type(value)), 0)
  end
end

local function pick(fn, given, names)
  if type(given) ~= "table" then
    return given
  end
  local picked = {}
  for _, name in ipairs(names) do
    local value = given[name]
    check(fn, name, value)
    if type(value) == "table" then
      for key, item in pairs(value) do
        local member = format(type(key) == "number" and "%s[%s]" or "%s.%s", name, tostring(key))
        check(fn, member, item)
        if type(item) == "table" then
          error(format("%s: %s must be a string, number or boolean, got table", fn, member), 0)
        end
      end
    end
    picked[name] = value
  end
  return picked
end

-- The names of the fields come from the host, by the function that takes them.
function spec.exec(given)
  return pick("process.exec", given, spec.exec_fields)
end

function spec.session(given)
  return pick("process.session.open", given, spec.session_fields)
end
