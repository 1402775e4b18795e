-- Values as Lua people write them, for messages and for comparisons line by line.
local bench = luaskills_test

local type, tostring, tonumber, pairs, ipairs, sort, concat = type, tostring, tonumber, pairs, ipairs, table.sort, table.concat
local format, rep = string.format, string.rep
local encode, null = vulcan.json.encode, vulcan.json.null

local max_lines, max_inline, max_depth = 2000, 120, 40
local escapes = { ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t", ['"'] = '\\"', ["\\"] = "\\\\" }

local function escape(char)
  return escapes[char] or format("\\x%02X", char:byte())
end

-- Text that can leave the VM: what is no UTF-8 shows its bytes.
local function printable(text)
  if pcall(encode, text) then
    return text
  end
  return (text:gsub("[\128-\255]", escape))
end

local function quote(text)
  return '"' .. printable(text:gsub('[%c"\\]', escape)) .. '"'
end

local function scalar(value)
  if type(value) == "string" then
    return quote(value)
  elseif value == null then
    return "vulcan.json.null"
  elseif type(value) == "number" and value % 1 == 0 and value > -2 ^ 53 and value < 2 ^ 53 then
    return format("%d", value)
  elseif type(value) == "number" then
    local short = format("%.15g", value)
    return tonumber(short) == value and short or format("%.17g", value)
  elseif type(value) == "nil" or type(value) == "boolean" or type(value) == "cdata" then
    return tostring(value)
  end
  -- Addresses would differ from run to run.
  return "<" .. type(value) .. ">"
end

local function order(a, b)
  local kind, other = type(a), type(b)
  if kind ~= other then
    return kind < other
  elseif kind == "number" or kind == "string" then
    return a < b
  end
  return tostring(a) < tostring(b)
end

local function key_text(key)
  if type(key) == "string" and key:find("^[%a_][%w_]*$") then
    return key .. " = "
  end
  return "[" .. scalar(key) .. "] = "
end

-- Calls visit(prefix, value) for every member: the sequence first, then the keys in order.
local function members(value, visit)
  local count = 0
  for i, member in ipairs(value) do
    visit("", member)
    count = i
  end
  local keys = {}
  for key in pairs(value) do
    if not (type(key) == "number" and key % 1 == 0 and key >= 1 and key <= count) then
      keys[#keys + 1] = key
    end
  end
  sort(keys, order)
  for _, key in ipairs(keys) do
    visit(key_text(key), value[key])
  end
end

local function write(lines, prefix, value, suffix, indent, open)
  local start = rep("  ", indent) .. prefix
  if #lines >= max_lines then
    return
  elseif type(value) ~= "table" then
    lines[#lines + 1] = start .. scalar(value) .. suffix
  elseif open[value] or indent > max_depth then
    lines[#lines + 1] = start .. (open[value] and "<cycle>" or "<…>") .. suffix
  elseif next(value) == nil then
    lines[#lines + 1] = start .. "{}" .. suffix
  else
    open[value] = true
    lines[#lines + 1] = start .. "{"
    members(value, function(name, member)
      write(lines, name, member, ",", indent + 1, open)
    end)
    lines[#lines + 1] = rep("  ", indent) .. "}" .. suffix
    open[value] = nil
  end
end

-- One line for every member at every depth; a string in the lines it has.
local function lines_of(value)
  if type(value) == "string" then
    return printable(value)
  end
  local lines = {}
  write(lines, "", value, "", 0, {})
  if #lines >= max_lines then
    lines[#lines + 1] = "…"
  end
  return concat(lines, "\n")
end

-- One line that may be cut.
local function inline(value)
  local text
  if type(value) == "table" then
    text = lines_of(value):gsub("\n *", " "):gsub(", }", " }")
  else
    text = scalar(value)
  end
  if #text <= max_inline then
    return text
  end
  local cut = text:sub(1, max_inline)
  -- Not through the middle of a character.
  return cut:gsub("[\192-\255][\128-\191]*$", "") .. "…"
end

bench.format = { inline = inline, lines_of = lines_of, printable = printable }
