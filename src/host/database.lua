-- What vulcan.sqlite and vulcan.lancedb have in common: input crosses as JSON text, its payload apart, and what comes back is
-- JSON text, with a body behind a line end where that is cheaper.
local host, crossing = ...
local json = host.json()
local encode, decode = json.encode, json.decode
local type, next, pcall, find, sub, gsub = type, next, pcall, string.find, string.sub, string.gsub
local unsorted = { sorted = false }

--- The JSON text of a part of the input, or nil and what is wrong with it.
function crossing.text(value, name)
  local ok, text = pcall(encode, value, unsorted)
  if ok then
    return text
  end
  return nil, (gsub(gsub(text, "^json%.encode: value", name), "^json%.encode: ", name .. ": "))
end

--- The input without one of its members.
function crossing.without(input, name)
  local rest = {}
  for key, value in next, input do
    if key ~= name then
      rest[key] = value
    end
  end
  return rest
end

--- The result of a function that takes one table.
function crossing.call(member, input, payload, problem)
  if type(input) ~= "table" then
    problem = "input must be a table, got " .. type(input)
  end
  local head
  if not problem then
    head, problem = crossing.text(input, "input")
  end
  local answer = problem and member(nil, problem) or member(head, payload)
  local cut = find(answer, "\n", 1, true)
  if cut then
    return decode(sub(answer, 1, cut - 1)), sub(answer, cut + 1)
  end
  return decode(answer)
end
