-- Arguments of an entry. Hosts may check them against the schema of the manifest, but need not.
--
--   local check = part("arguments")(args)
--   local id = check.whole("id", 1)
--   if check.problem then return "error: " .. check.problem end

local function count_characters(text)
  return select(2, text:gsub("[^\128-\191]", ""))
end

local function trim(text)
  return text:match("^%s*(.-)%s*$")
end

return function(args)
  local check = { problem = nil }  -- what is wrong with the first wrong argument

  local function wrong(name, what)
    check.problem = check.problem or ("%s must be %s"):format(name, what)
  end

  --- A text that is not blank, without blanks around it; nil if it is not given.
  function check.text(name, longest)
    local value = args[name]
    if value == nil then return nil end
    if type(value) ~= "string" or not value:find("%S") then return wrong(name, "a text that is not blank") end
    local text = trim(value)
    return count_characters(text) <= longest and text or wrong(name, "at most " .. longest .. " characters long")
  end

  --- A whole number, or the default.
  function check.whole(name, least, most, default)
    local value = args[name]
    if value == nil then return default end
    local fits = type(value) == "number" and value % 1 == 0 and value >= least and value <= most
    return fits and value or wrong(name, ("a whole number from %d to %d"):format(least, most))
  end

  --- True or false; false if it is not given.
  function check.flag(name)
    local value = args[name]
    if value ~= nil and type(value) ~= "boolean" then return wrong(name, "true or false") end
    return value == true
  end

  --- Tags in lower case, each once; nil if none are given.
  function check.tags()
    local values = args.tags
    if values == nil then return nil end
    if type(values) ~= "table" or #values == 0 and next(values) ~= nil or #values > 20 then
      return wrong("tags", "a list of at most 20 texts")
    end
    local tags, seen = {}, {}
    for _, value in ipairs(values) do
      if type(value) ~= "string" or not value:find("%S") or count_characters(value) > 50 then
        return wrong("tags", "texts of 1 to 50 characters")
      end
      local tag = trim(value):lower()
      if not seen[tag] then tags[#tags + 1] = tag end
      seen[tag] = true
    end
    return tags
  end

  --- Says that an argument is missing.
  function check.need(name, value)
    if value == nil then wrong(name, "given") end
  end

  return check
end
