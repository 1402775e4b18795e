-- vulcan.path: pure text, so it never leaves the thread it runs on.
local host, path = ...
local separator = host.platform.separator
local windows = separator == "\\"
local check_name = host.text.check_name
local error, select, concat = error, select, table.concat
local find, gsub, gmatch, match, sub = string.find, string.gsub, string.gmatch, string.match, string.sub

local slash = windows and "[/\\]" or "/"
local name_at_end = windows and "[^/\\]*$" or "[^/]*$"

-- Verbatim prefixes (`\\?\C:\x`) are a matter between programs and the system, not of skills.
local function usual(path)
  if match(path, "^\\\\%?\\[Uu][Nn][Cc]\\") then return "\\\\" .. sub(path, 9) end
  return match(path, "^\\\\%?\\(%a:.*)$") or path
end

local function check(fn, parameter, value)
  local path = check_name(fn, parameter, value)
  if windows then
    path = usual(path)
    -- A colon anywhere but after a drive letter would name a stream of a file.
    if find(gsub(path, "^%a:", ""), '[%z\1-\31<>"|?*:]') then
      error(fn .. ": " .. parameter .. " contains invalid Windows path syntax", 0)
    end
  end
  return path
end

-- The part that no `..` removes: the drive or share, with the separator behind it where there is one.
-- Returns the drive or share, whether the path starts at a root, and the rest.
local function split_root(path)
  if not windows then
    local root, rest = match(path, "^(/*)(.*)$")
    return "", root ~= "", rest
  end
  local share, rest = match(path, "^([/\\][/\\][^/\\]+[/\\]+[^/\\]+)(.*)$")
  if share then return gsub(share, "/", "\\"), true, (gsub(rest, "^[/\\]+", "")) end
  local drive, separators, name = match(path, "^(%a?:?)([/\\]*)(.*)$")
  if #drive == 1 then return "", false, path end
  return drive, separators ~= "", name
end

local function is_absolute(path)
  local drive, rooted = split_root(path)
  return rooted and (not windows or drive ~= "")
end

-- Joins segments with the separator of the platform; an absolute one starts anew. Nothing is normalised.
function path.join(...)
  local count = select("#", ...)
  if count == 0 then error("path.join: expected at least one path segment", 0) end
  local joined
  for i = 1, count do
    local segment = check("path.join", "path segment " .. i, (select(i, ...)))
    local drive, rooted = split_root(segment)
    if joined == nil or drive ~= "" or is_absolute(segment) then
      joined = segment
    elseif rooted then
      joined = split_root(joined) .. segment -- `\x` is on the drive of what is before it
    elseif find(joined, slash .. "$") or (windows and find(joined, "^%a:$")) then
      joined = joined .. segment
    else
      joined = joined .. separator .. segment
    end
  end
  return joined
end

-- Root as it is spelled, and the rest without separators at its end.
local function trimmed(path)
  local drive, rooted, rest = split_root(path)
  rest = gsub(rest, slash .. "+$", "")
  if rooted and drive == "" then return separator, rest end
  if rooted then return drive .. separator, rest end
  return drive, rest
end

local function name_of(fn, value)
  local _, rest = trimmed(check(fn, "path", value))
  return match(rest, name_at_end)
end

-- A name that starts with its only dot has no extension, and neither has `..`.
local function split_name(name)
  if name == ".." then return name, "" end
  local stem, extension = match(name, "^(.+)(%.[^.]*)$")
  return stem or name, extension or ""
end

-- The folder that the last name is in: the root for a root, "." where no folder is named.
function path.dirname(value)
  local root, rest = trimmed(check("path.dirname", "path", value))
  local folder = gsub(gsub(rest, name_at_end, ""), slash .. "+$", "")
  if root == "" and folder == "" then return "." end
  return root .. folder
end

-- The last name; "" for a root.
function path.basename(value)
  return name_of("path.basename", value)
end

-- The last name without its extension.
function path.stem(value)
  return (split_name(name_of("path.stem", value)))
end

-- The extension with its dot; "" if there is none. `stem .. extname` is the basename.
function path.extname(value)
  return (select(2, split_name(name_of("path.extname", value))))
end

-- Resolves `.` and `..` in the text alone: links are not looked at.
function path.normalize(value)
  local root, rest = trimmed(check("path.normalize", "path", value))
  local _, rooted = split_root(root)
  local names, count = {}, 0
  for name in gmatch(rest, windows and "[^/\\]+" or "[^/]+") do
    if name == ".." and count > 0 and names[count] ~= ".." then
      count = count - 1
    elseif name ~= "." and not (name == ".." and rooted) then
      count = count + 1
      names[count] = name
    end
  end
  local result = root .. concat(names, separator, 1, count)
  return result == "" and "." or result
end

function path.is_abs(value)
  return is_absolute(check("path.is_abs", "path", value))
end
