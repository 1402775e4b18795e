-- Lua values for eyes: as one would write them, on one line where they fit, over several where they do not.
-- inspect(value, width, paint): `paint` has a function for each kind of token, text to text.

local type, tostring, pairs, next, pcall, select = type, tostring, pairs, next, pcall, select
local getmetatable, rawget = debug.getmetatable, rawget
local getinfo = debug.getinfo
local format, gsub, byte, rep, find, sub = string.format, string.gsub, string.byte, string.rep, string.find, string.sub
local sort, concat = table.sort, table.concat
local floor, huge = math.floor, math.huge
local encode, null = vulcan.json.encode, vulcan.json.null

local max_depth, max_members, max_string = 8, 200, 20000

local keywords = {}
for word in
  ("and break do else elseif end false for function goto if in local nil not or repeat return then true until while"):gmatch(
    "%a+"
  )
do
  keywords[word] = true
end

local escapes = { ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t", ['"'] = '\\"', ["\\"] = "\\\\" }

local function escape(character)
  return escapes[character] or format("\\%03d", byte(character))
end

local function quote(text)
  local cut = ""
  if #text > max_string then
    cut = format("… (%d bytes)", #text)
    -- Not within a character.
    text = gsub(sub(text, 1, max_string), "[\192-\255]?[\128-\191]*$", "")
  end
  local special = pcall(encode, text) and '[%c"\\]' or '[%c"\\\128-\255]'
  return '"' .. gsub(text, special, escape) .. '"' .. cut
end

local function number(value)
  if value ~= value then
    return "nan"
  elseif value == huge or value == -huge then
    return value > 0 and "inf" or "-inf"
  elseif value == floor(value) and value > -2 ^ 53 and value < 2 ^ 53 then
    return format("%d", value)
  end
  return format("%.14g", value)
end

local function named(value)
  local ok, text = pcall(tostring, value)
  if not ok or type(text) ~= "string" then
    return "<" .. type(value) .. ">"
  end
  return pcall(encode, text) and text or quote(text)
end

local function described(value)
  local about = getinfo(value, "S")
  if about.what == "C" or about.linedefined < 1 then
    return "<function>"
  end
  return "<function " .. about.short_src .. ":" .. about.linedefined .. ">"
end

-- Numbers before texts before the rest, each in their order.
local ranks = { number = 1, string = 2 }

local function before(a, b)
  local rank_a, rank_b = ranks[type(a)] or 3, ranks[type(b)] or 3
  if rank_a ~= rank_b then
    return rank_a < rank_b
  elseif rank_a == 3 then
    return named(a) < named(b)
  end
  return a < b
end

-- The keys and values of a table, as `pairs` gives them where that works.
local function collect(value, members)
  local keys = {}
  for key, member in members(value) do
    keys[#keys + 1] = key
    keys[#keys + 1] = member
    if #keys >= 2 * 10000 then
      break
    end
  end
  return keys
end

local function members_of(value)
  local ok, found = pcall(collect, value, pairs)
  if not ok then
    found = collect(value, function()
      return next, value
    end)
  end
  local keys, values = {}, {}
  for i = 1, #found, 2 do
    keys[#keys + 1] = found[i]
    values[found[i]] = found[i + 1]
  end
  sort(keys, before)
  return keys, values
end

local function inspector(width, paint)
  local show
  local path = {}

  local function key_text(key, depth)
    if type(key) == "string" and find(key, "^[%a_][%w_]*$") and not keywords[key] then
      return key, #key
    end
    local text, size = show(key, depth, 0)
    return "[" .. text .. "]", size + 2
  end

  -- @return text, its width in columns where it is one line, else nil
  local function show_table(value, depth, indent)
    if path[value] then
      return paint.note("<cycle>"), 7
    elseif depth > max_depth then
      return paint.note("{…}"), 3
    end
    path[value] = true
    local keys, values = members_of(value)
    local parts, sizes, total = {}, {}, 4
    local in_sequence = true
    for i = 1, #keys do
      if i > max_members then
        local note = format("… %d more", #keys - max_members)
        parts[i], sizes[i] = paint.note(note), #note
        break
      end
      local key = keys[i]
      in_sequence = in_sequence and key == i
      local text, size = show(values[key], depth + 1, indent + 2)
      if in_sequence then
        parts[i], sizes[i] = text, size
      else
        local name, name_size = key_text(key, depth + 1)
        parts[i], sizes[i] = name .. " = " .. text, size and size + name_size + 3
      end
      total = total and sizes[i] and total + sizes[i] + 2
    end
    path[value] = nil
    if #parts == 0 then
      return "{}", 2
    elseif total and total + indent <= width then
      return "{ " .. concat(parts, ", ") .. " }", total
    end
    local margin = rep(" ", indent + 2)
    return "{\n" .. margin .. concat(parts, ",\n" .. margin) .. "\n" .. rep(" ", indent) .. "}"
  end

  function show(value, depth, indent)
    local kind = type(value)
    if kind == "string" then
      local text = quote(value)
      return paint.string(text), #text
    elseif kind == "number" then
      local text = number(value)
      return paint.number(text), #text
    elseif kind == "nil" or kind == "boolean" then
      local text = tostring(value)
      return paint.keyword(text), #text
    elseif kind == "function" then
      local text = described(value)
      return paint.note(text), #text
    elseif kind == "table" then
      local metatable = getmetatable(value)
      if type(metatable) ~= "table" or rawget(metatable, "__tostring") == nil then
        return show_table(value, depth, indent)
      end
    end
    local text = value == null and "null" or named(value)
    return paint.note(text), #text
  end

  return show
end

return function(width, paint, count, ...)
  local show = inspector(width, paint)
  local texts = {}
  for i = 1, count do
    texts[i] = (show((select(i, ...)), 1, 0))
  end
  return texts
end
