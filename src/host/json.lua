-- vulcan.json.encode also takes what the runtime shows, such as vulcan.context: empty tables that read through to their
-- members. They are looked for where people put them, as the value itself or as a member of it.
local host, json = ...
local type, next, pairs, rawget, select = type, next, pairs, rawget, select
local sealed, encode, object = host.sealed, json.encode, json.object

local function shown(value)
  local copy = {}
  for name, member in pairs(value) do
    copy[name] = sealed[member] and shown(member) or member
  end
  return object(copy)
end

local function with_members_shown(value)
  local copy
  for name, member in next, value do
    if sealed[member] then
      copy = copy or object(value)
      copy[name] = shown(member)
    end
  end
  return copy or value
end

function json.encode(...)
  local value = ...
  if type(value) == "table" then
    if sealed[value] then
      return encode(shown(value), select(2, ...))
    elseif rawget(value, 1) == nil then
      return encode(with_members_shown(value), select(2, ...))
    end
  end
  return encode(...)
end
