-- logs-summary: levels, time span, busiest hours and frequent messages of a log.

local find, gsub, match, sub, upper = string.find, string.gsub, string.match, string.sub, string.upper

local message_limit = 20000  -- different masked messages kept; logs of free text would otherwise fill the memory

local ranks = { TRACE = 1, DEBUG = 2, INFO = 3, WARN = 4, ERROR = 5, FATAL = 6 }
local order = { "FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE", "no level" }
local spellings = {
  TRACE = "TRACE", DEBUG = "DEBUG", INFO = "INFO", NOTICE = "INFO", WARN = "WARN", WARNING = "WARN",
  ERROR = "ERROR", ERR = "ERROR", FATAL = "FATAL", CRITICAL = "FATAL", CRIT = "FATAL", PANIC = "FATAL",
}
local months = {
  Jan = "01", Feb = "02", Mar = "03", Apr = "04", May = "05", Jun = "06",
  Jul = "07", Aug = "08", Sep = "09", Oct = "10", Nov = "11", Dec = "12",
}

-- Reading lines -----------------------------------------------------------------------------------------------------------

-- The level of a plain line is the first level word in it that stands by itself.
local function find_level(line)
  for word, after in line:gmatch("%f[%a](%a+)()") do
    local level = spellings[upper(word)]
    -- "error" inside a sentence is no level; "ERROR", "[error]" and "error:" are.
    if level and (word == upper(word) or find(line, "^[%]:>|]", after)) then return level, after end
    if after > 80 then return nil end
  end
end

-- Returns "YYYY-MM-DD HH:MM:SS" (syslog has no year: "MM-DD HH:MM:SS") and where the text goes on.
local function find_time(line)
  local date, time, stop = match(line, "(%d%d%d%d%-%d%d%-%d%d)[T ](%d%d:%d%d:%d%d)[%d.,]*Z?()")
  if date and stop < 60 then return date .. " " .. time, stop end
  local month, day, clock, after = match(line, "^(%a%a%a) +(%d+) (%d%d:%d%d:%d%d)()")
  if month and months[month] then return ("%s-%02d %s"):format(months[month], day, clock), after end
end

local function parse_plain(line)
  local time, after_time = find_time(line)
  local level, after_level = find_level(line)
  if not level and not time then return nil end
  local start = math.max(after_time or 1, after_level or 1)
  return { time = time, level = level, message = match(line, "^[%s%]%[:>|%-]*(.-)%s*$", start) }
end

-- pino and bunyan number their levels.
local numbered = { [10] = "TRACE", [20] = "DEBUG", [30] = "INFO", [40] = "WARN", [50] = "ERROR", [60] = "FATAL" }

local function json_time(value)
  if type(value) == "string" then return (find_time(value)) end
  if type(value) ~= "number" then return nil end
  local seconds = value > 1e11 and value / 1000 or value
  return os.date("!%Y-%m-%d %H:%M:%S", math.floor(seconds))
end

local function parse_json(line)
  local ok, record = pcall(vulcan.json.decode, line)
  if not ok or type(record) ~= "table" then return nil end
  local level = record.level or record.severity
  return {
    time = json_time(record.time or record.timestamp or record.ts),
    level = type(level) == "string" and spellings[upper(level)] or numbered[level],
    message = tostring(record.msg or record.message or ""),
  }
end

local function parse(line)
  return sub(line, 1, 1) == "{" and parse_json(line) or parse_plain(line)
end

-- Masking -------------------------------------------------------------------------------------------------------------------

local function mask(message)
  local text = sub(message, 1, 300)
  text = gsub(text, '"[^"]*"', '"..."')
  text = gsub(text, "'[^']*'", "'...'")
  text = gsub(text, "%x%x%x%x%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x+", "<uuid>")
  text = gsub(text, "%f[%w]0x%x+", "<hex>")
  text = gsub(text, "%f[%w]%x*%d%x*%f[^%w]", function(word)
    return #word >= 8 and find(word, "%a") and "<hex>" or nil
  end)
  text = gsub(text, "%d+%.%d+%.%d+%.%d+", "<ip>")
  text = gsub(text, "%d[%d.,]*%d", "<n>")
  text = gsub(text, "%d", "<n>")
  return (gsub(text, "%s+", " "))
end

-- Results must be UTF-8: a message that is not loses what is beyond ASCII.
local function printable(text)
  local rest = gsub(text, "[\194-\223][\128-\191]", " ")
  rest = gsub(rest, "[\225-\236\238\239][\128-\191][\128-\191]", " ")
  rest = gsub(rest, "[\241-\243][\128-\191][\128-\191][\128-\191]", " ")
  rest = gsub(gsub(rest, "\240[\144-\191][\128-\191][\128-\191]", " "), "\224[\160-\191][\128-\191]", " ")
  if find(rest, "[\128-\255]") then text = gsub(text, "[\128-\255]", "?") end
  return (gsub(text, "%c", " "))
end

-- Counting --------------------------------------------------------------------------------------------------------------------

local function count_records(file, least)
  local log = { lines = 0, counted = 0, levels = {}, hours = {}, messages = {}, different = 0, lost = 0 }
  for raw in file:lines() do
    log.lines = log.lines + 1
    local record = parse((gsub(raw, "\r$", "")))
    local rank = record and ranks[record.level or "INFO"]
    if record and rank >= least then
      log.counted = log.counted + 1
      local level = record.level or "no level"
      log.levels[level] = (log.levels[level] or 0) + 1
      if record.time then
        if not log.first or record.time < log.first then log.first = record.time end
        if not log.last or record.time > log.last then log.last = record.time end
        local hour = gsub(record.time, ":.*", ":00")
        log.hours[hour] = (log.hours[hour] or 0) + 1
      end
      local key = (record.level or "-") .. "  " .. mask(record.message)
      local seen = log.messages[key]
      if seen then
        seen.count = seen.count + 1
      elseif log.different < message_limit then
        log.messages[key] = { text = key, count = 1, line = log.lines }
        log.different = log.different + 1
      else
        log.lost = log.lost + 1
      end
    end
  end
  return log
end

local function by_count(a, b)
  if a.count ~= b.count then return a.count > b.count end
  return a.text < b.text
end

local function ranked(map, limit)
  local list = {}
  for text, value in pairs(map) do
    list[#list + 1] = type(value) == "table" and value or { text = text, count = value }
  end
  table.sort(list, by_count)
  for i = #list, limit + 1, -1 do list[i] = nil end
  return list
end

-- Entry -----------------------------------------------------------------------------------------------------------------------

return function(args)
  local path, top = args.path, args.top or 10
  if type(path) ~= "string" or not find(path, "%S") then return "error: path must name a log file" end
  if type(top) ~= "number" or top < 1 or top > 50 then return "error: top must be a number from 1 to 50" end
  local least = 1
  if args.level ~= nil then
    local level = spellings[upper(tostring(args.level))]
    if not level then return "error: level must be debug, info, warn or error" end
    least = ranks[level]
  end
  if vulcan.fs.is_dir(path) then return "error: " .. path .. " is a folder; path must name a log file" end
  local file, problem = io.open(path, "rb")
  if not file then return "error: cannot read " .. problem end
  local log = count_records(file, least)
  file:close()
  if log.counted == 0 then
    return ("%s: none of its %d lines is a log message%s."):format(
      path, log.lines, args.level and " of that level" or " with a time stamp or a level")
  end

  local out = { ("%s: %d lines, %d messages"):format(path, log.lines, log.counted) }
  if log.first then out[#out + 1] = ("From %s to %s"):format(log.first, log.last) end
  out[#out + 1] = "\nLevels"
  for _, level in ipairs(order) do
    if log.levels[level] then out[#out + 1] = ("%8d  %s"):format(log.levels[level], level) end
  end
  local hours = ranked(log.hours, 5)
  if #hours > 1 then
    out[#out + 1] = "\nBusiest hours"
    for _, hour in ipairs(hours) do out[#out + 1] = ("%8d  %s"):format(hour.count, hour.text) end
  end
  out[#out + 1] = "\nMost frequent messages (line of the first one)"
  for _, message in ipairs(ranked(log.messages, top)) do
    out[#out + 1] = ("%8d  %s (%d)"):format(message.count, printable(message.text), message.line)
  end
  if log.lost > 0 then
    out[#out + 1] = ("%d messages that came after %d different ones are not in this list."):format(log.lost, message_limit)
  end
  return table.concat(out, "\n"), vulcan.runtime.overflow_type.truncate
end
