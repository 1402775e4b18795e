-- csv-stats: one pass over a CSV file, statistics per column.

local find, sub, gsub, match = string.find, string.sub, string.gsub, string.match
local floor, sqrt, random = math.floor, math.sqrt, math.random

local sample_size = 1000000   -- numbers kept per column for the median
local distinct_limit = 10000  -- different values counted per column
local block_size = 65536

-- Reading ---------------------------------------------------------------------------------------------------------------

local function count_quotes(line)
  local _, count = gsub(line, '"', "")
  return count
end

-- Iterates over (first line number, record text). A record goes on over line ends while a quote is open.
local function records(file)
  local buffer, position, at_end, line_number = "", 1, false, 0
  local function next_line()
    while true do
      local stop = find(buffer, "\n", position, true)
      if stop then
        local line = sub(buffer, position, stop - 1)
        position, line_number = stop + 1, line_number + 1
        return line
      end
      if at_end then
        if position > #buffer then return nil end
        local line = sub(buffer, position)
        position, line_number = #buffer + 1, line_number + 1
        return line
      end
      local block = file:read(block_size)
      buffer, position = sub(buffer, position) .. (block or ""), 1
      at_end = block == nil
    end
  end
  return function()
    local line = next_line()
    if not line then return nil end
    local first = line_number
    if find(line, '"', 1, true) then
      local open = count_quotes(line) % 2 == 1
      if open then
        local parts = { line }
        while open do
          local more = next_line()
          if not more then break end
          parts[#parts + 1] = more
          if count_quotes(more) % 2 == 1 then open = false end
        end
        line = table.concat(parts, "\n")
      end
    end
    return first, (gsub(line, "\r$", ""))
  end
end

-- Splits a record into `fields` and returns their number. The table is reused from row to row.
local function split(record, delimiter, fields)
  local count, position, length = 0, 1, #record
  while true do
    count = count + 1
    if sub(record, position, position) == '"' then
      local start, stop = position + 1, nil
      repeat
        stop = find(record, '"', stop and stop + 2 or start, true)
      until not stop or sub(record, stop + 1, stop + 1) ~= '"'
      fields[count] = gsub(sub(record, start, (stop or length + 1) - 1), '""', '"')
      position = stop and find(record, delimiter, stop + 1, true) or nil
    else
      local stop = find(record, delimiter, position, true)
      fields[count] = sub(record, position, (stop or length + 1) - 1)
      position = stop
    end
    if not position then return count end
    position = position + 1
  end
end

local function guess_delimiter(line)
  local best, most = ",", 0
  for _, candidate in ipairs({ ",", ";", "\t", "|" }) do
    local unquoted = gsub(line, '"[^"]*"', "")
    local _, count = gsub(unquoted, "%" .. candidate, "")
    if count > most then best, most = candidate, count end
  end
  return best
end

-- Statistics --------------------------------------------------------------------------------------------------------------

local function new_column(name)
  return {
    name = name, filled = 0, empty = 0, integers = 0, numbers = 0, dates = 0, booleans = 0,
    mean = 0, squares = 0, sample = {}, counts = {}, distinct = 0,
  }
end

-- tonumber alone would also take "0x1F", "nan" and "inf".
local function to_number(text)
  if match(text, "^[+-]?%d+%.?%d*[eE]?[+-]?%d*$") or match(text, "^[+-]?%.%d+$") then return tonumber(text) end
end

local booleans = { ["true"] = true, ["false"] = true, yes = true, no = true }

local function add_number(column, value)
  local n = column.numbers + 1
  column.numbers = n
  -- Welford's method: exact where summing squares would cancel.
  local delta = value - column.mean
  column.mean = column.mean + delta / n
  column.squares = column.squares + delta * (value - column.mean)
  if not column.low or value < column.low then column.low = value end
  if not column.high or value > column.high then column.high = value end
  if n <= sample_size then
    column.sample[n] = value
  else
    local slot = random(n)
    if slot <= sample_size then column.sample[slot] = value end
  end
end

local function add_value(column, raw)
  local text = match(raw, "^%s*(.-)%s*$")
  if text == "" then
    column.empty = column.empty + 1
    return
  end
  column.filled = column.filled + 1
  local number = to_number(text)
  if number then
    add_number(column, number)
    if not find(text, "[.eE]") then column.integers = column.integers + 1 end
  elseif match(text, "^%d%d%d%d%-%d%d%-%d%d$") or match(text, "^%d%d%d%d%-%d%d%-%d%d[T ]%d%d:%d%d") then
    column.dates = column.dates + 1
  elseif booleans[text:lower()] then
    column.booleans = column.booleans + 1
  end
  if not column.first or text < column.first then column.first = text end
  if not column.last or text > column.last then column.last = text end
  local length = #text
  if not column.shortest or length < column.shortest then column.shortest = length end
  if not column.longest or length > column.longest then column.longest = length end
  local seen = column.counts[text]
  if seen then
    column.counts[text] = seen + 1
  elseif column.distinct < distinct_limit then
    column.counts[text] = 1
    column.distinct = column.distinct + 1
  else
    column.more = true
  end
end

-- The k-th smallest value in linear time (quickselect). It is Lua, so a long one can be interrupted; sorting could not.
local function kth(values, k)
  local low, high = 1, #values
  while low < high do
    local pivot = values[floor((low + high) / 2)]
    local i, j = low, high
    while i <= j do
      while values[i] < pivot do i = i + 1 end
      while values[j] > pivot do j = j - 1 end
      if i <= j then
        values[i], values[j] = values[j], values[i]
        i, j = i + 1, j - 1
      end
    end
    if k <= j then high = j elseif k >= i then low = i else return values[k] end
  end
  return values[k]
end

local function median(values)
  local n = #values
  local middle = kth(values, floor((n + 1) / 2))
  if n % 2 == 1 then return middle end
  return (middle + kth(values, n / 2 + 1)) / 2
end

local function type_of(column)
  local filled = column.filled
  if filled == 0 then return "empty" end
  if column.integers == filled then return "integer" end
  if column.numbers == filled then return "number" end
  if column.dates == filled then return "date" end
  if column.booleans == filled then return "boolean" end
  return "text"
end

-- Printing ------------------------------------------------------------------------------------------------------------------

local latin1 = {}
for byte = 128, 255 do
  latin1[string.char(byte)] = string.char(byte < 192 and 194 or 195, byte < 192 and byte or byte - 64)
end

-- Results must be UTF-8. Text that is something else is most likely Latin-1.
local function printable(text)
  local rest = gsub(text, "[\194-\223][\128-\191]", " ")
  rest = gsub(rest, "[\224-\239][\128-\191][\128-\191]", " ")
  rest = gsub(rest, "[\240-\244][\128-\191][\128-\191][\128-\191]", " ")
  local utf8 = not find(rest, "[\128-\255]") and not find(text, "\237[\160-\191]")
    and not find(text, "\224[\128-\159]") and not find(text, "\240[\128-\143]") and not find(text, "\244[\144-\191]")
  return (gsub(utf8 and text or gsub(text, "[\128-\255]", latin1), "%c", " "))
end

local function shorten(text, limit)
  text = printable(text)
  if #text <= limit then return text end
  return (gsub(sub(text, 1, limit), "[\192-\255][\128-\191]*$", "")) .. "..."
end

local function format_number(value)
  if value == floor(value) and value > -1e15 and value < 1e15 then return ("%d"):format(value) end
  local size = value < 0 and -value or value
  if size < 1000 or size >= 1e15 then return ("%.6g"):format(value) end
  return (gsub(("%.2f"):format(value), "%.?0+$", ""))
end

local function thousands(n)
  local text, count = ("%d"):format(n), nil
  repeat text, count = gsub(text, "^(%d+)(%d%d%d)", "%1,%2") until count == 0
  return text
end

local function describe(column)
  local kind = type_of(column)
  local row = {
    shorten(column.name, 32), kind, tostring(column.filled), tostring(column.empty),
    tostring(column.distinct) .. (column.more and "+" or ""), "", "", "", "", "",
  }
  if kind == "integer" or kind == "number" then
    row[6], row[7] = format_number(column.low), format_number(column.high)
    row[8] = format_number(column.mean)
    row[9] = (column.numbers > sample_size and "~" or "") .. format_number(median(column.sample))
    row[10] = column.numbers > 1 and format_number(sqrt(column.squares / (column.numbers - 1))) or ""
  elseif kind == "date" then
    row[6], row[7] = column.first, column.last
  elseif kind == "text" then
    row[6], row[7] = column.shortest .. " bytes", column.longest .. " bytes"
  end
  return row
end

local function most_frequent(column, top)
  local list = {}
  for value, count in pairs(column.counts) do list[#list + 1] = { value = value, count = count } end
  table.sort(list, function(a, b)
    if a.count ~= b.count then return a.count > b.count end
    return a.value < b.value
  end)
  if #list > top and list[1].count == 1 then return "all different" end
  local out = {}
  for i = 1, math.min(top, #list) do
    out[i] = ("%s (%d)"):format(shorten(list[i].value, 40), list[i].count)
  end
  return table.concat(out, ", ")
end

-- Columns are padded by characters, not by bytes.
local function width(text)
  local _, continuation = gsub(text, "[\128-\191]", "")
  return #text - continuation
end

local function layout(rows)
  local widths = {}
  for _, row in ipairs(rows) do
    for i, cell in ipairs(row) do widths[i] = math.max(widths[i] or 0, width(cell)) end
  end
  local out = {}
  for r, row in ipairs(rows) do
    local cells = {}
    for i, cell in ipairs(row) do
      local pad = (" "):rep(widths[i] - width(cell))
      cells[i] = i <= 2 and cell .. pad or pad .. cell
    end
    out[r] = gsub(table.concat(cells, "  "), "%s+$", "")
  end
  return table.concat(out, "\n")
end

-- Entry ---------------------------------------------------------------------------------------------------------------------

local names = { [","] = "comma", [";"] = "semicolon", ["\t"] = "tab", ["|"] = "bar" }

return function(args)
  local path, top = args.path, args.top or 3
  if type(path) ~= "string" or not find(path, "%S") then return "error: path must name a CSV file" end
  if type(top) ~= "number" or top < 0 or top > 20 then return "error: top must be a number from 0 to 20" end
  local delimiter = args.delimiter
  if delimiter == "tab" or delimiter == "\\t" then delimiter = "\t" end
  if delimiter ~= nil and (type(delimiter) ~= "string" or #delimiter ~= 1 or delimiter == '"') then
    return 'error: delimiter must be one character, or "tab"'
  end
  if vulcan.fs.is_dir(path) then return "error: " .. path .. " is a folder; path must name a CSV file" end
  local file, problem = io.open(path, "rb")
  if not file then return "error: cannot read " .. problem end

  local columns, fields = nil, {}
  local rows, ragged, first_ragged = 0, 0, nil
  for line_number, record in records(file) do
    if line_number == 1 then record = gsub(record, "^\239\187\191", "") end
    if record ~= "" then
      delimiter = delimiter or guess_delimiter(record)
      local count = split(record, delimiter, fields)
      local header = columns == nil and args.header ~= false
      if columns == nil then
        columns = {}
        for i = 1, count do
          local name = header and match(fields[i], "^%s*(.-)%s*$") or ""
          columns[i] = new_column(name ~= "" and name or "column " .. i)
        end
      end
      if not header then
        rows = rows + 1
        if count ~= #columns then
          ragged, first_ragged = ragged + 1, first_ragged or line_number
        end
        for i = 1, #columns do add_value(columns[i], i <= count and fields[i] or "") end
      end
    end
  end
  file:close()
  if not columns then return path .. " is empty." end

  local out = { ("%s: %s rows, %d columns, separated by %s"):format(
    path, thousands(rows), #columns, names[delimiter] or '"' .. delimiter .. '"') }
  if ragged > 0 then
    out[#out + 1] = ("Rows that do not have %d fields: %s, the first in line %d"):format(
      #columns, thousands(ragged), first_ragged)
  end
  local cells = { { "column", "type", "count", "empty", "distinct", "min", "max", "mean", "median", "stddev" } }
  for i, column in ipairs(columns) do cells[i + 1] = describe(column) end
  out[#out + 1] = "\n" .. layout(cells)
  if top > 0 and rows > 0 then
    out[#out + 1] = "\nMost frequent values"
    for _, column in ipairs(columns) do
      if column.filled > 0 then
        out[#out + 1] = ("  %s: %s%s"):format(
          shorten(column.name, 32), most_frequent(column, top), column.more and " (of the first 10,000)" or "")
      end
    end
  end
  return table.concat(out, "\n"), vulcan.runtime.overflow_type.truncate
end
