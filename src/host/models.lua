-- vulcan.models: wrong arguments are answers too, so they are looked at before anything crosses.
local host, models = ...
local json = host.json()
local encode, decode = json.encode, json.decode
local type, select, pcall, find = type, select, pcall, string.find
local has, embed, llm = models.has, models.embed, models.llm

local names = { embed = true, llm = true }

local function invalid(message)
  return { ok = false, error = { code = "invalid_argument", message = message } }
end

local function problem(fn, parameter, value)
  if type(value) ~= "string" then
    return fn .. ": " .. parameter .. " must be a string, got " .. type(value)
  elseif not find(value, "%S") then
    return fn .. ": " .. parameter .. " must not be empty"
  elseif not pcall(encode, value) then
    return fn .. ": " .. parameter .. " must be a valid UTF-8 string"
  end
end

function models.has(...)
  local name = ...
  return select("#", ...) == 1 and names[name] == true and has(name)
end

function models.embed(...)
  if select("#", ...) ~= 1 then
    return invalid("models.embed: exactly one text is expected, got " .. select("#", ...) .. " values")
  end
  local text = ...
  local wrong = problem("models.embed", "text", text)
  return wrong and invalid(wrong) or decode(embed(text))
end

function models.llm(...)
  if select("#", ...) ~= 2 then
    return invalid("models.llm: system and user are expected, got " .. select("#", ...) .. " values")
  end
  local system, user = ...
  local wrong = problem("models.llm", "system", system) or problem("models.llm", "user", user)
  return wrong and invalid(wrong) or decode(llm(system, user))
end
