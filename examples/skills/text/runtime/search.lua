-- text-search: text or Lua patterns in the files of a tree, with context.

local fs, join = vulcan.fs, vulcan.path.join
local find, gsub, match, sub, lower = string.find, string.gsub, string.match, string.sub, string.lower

local max_folder_depth = 24   -- a link to a parent folder would otherwise be followed for ever
local max_line_length = 400   -- bytes shown of one line
local sniff_length = 8192     -- a NUL byte in here makes a file binary

-- Globs and .gitignore ------------------------------------------------------------------------------------------------

-- "*" and "?" stay within one name.
local function escape_glob(glob)
  local pattern = gsub(glob, "[%^%$%(%)%%%.%[%]%+%-]", "%%%0")
  pattern = gsub(pattern, "%*%*", "\1")
  pattern = gsub(pattern, "%*", "[^/]*")
  pattern = gsub(pattern, "%?", "[^/]")
  return (gsub(pattern, "\1", ".*"))
end

-- Lua patterns have no optional groups, so each "**/" doubles the list: with folders in its place, and without.
local function glob_patterns(glob)
  local before, after = match(glob, "^(.-)%*%*/(.*)$")
  if not before then return { escape_glob(glob) } end
  local patterns = {}
  for _, tail in ipairs(glob_patterns(after)) do
    patterns[#patterns + 1] = escape_glob(before) .. tail
    patterns[#patterns + 1] = escape_glob(before) .. ".*/" .. tail
  end
  return patterns
end

-- A rule matches a name anywhere below its folder, or, when it contains a slash, a path from there.
local function parse_rule(text)
  local rule = { negated = false, folders_only = false }
  local glob = gsub(text, "%s+$", "")
  if sub(glob, 1, 1) == "!" then rule.negated, glob = true, sub(glob, 2) end
  if sub(glob, -1) == "/" then rule.folders_only, glob = true, sub(glob, 1, -2) end
  rule.anchored = find(glob, "/", 1, true) ~= nil
  rule.patterns = glob_patterns((gsub(glob, "^/", "")))
  return rule
end

local function matches(rule, path, name)
  for _, pattern in ipairs(rule.patterns) do
    if find(rule.anchored and path or name, "^" .. pattern .. "$") then return true end
  end
  return false
end

local function rules_from_list(text)
  local rules = {}
  for glob in (text or ""):gmatch("[^,]+") do
    glob = glob:match("^%s*(.-)%s*$")
    if glob ~= "" then rules[#rules + 1] = parse_rule(glob) end
  end
  return rules
end

local function rules_from_gitignore(folder)
  local file = io.open(join(folder, ".gitignore"), "rb")
  if not file then return nil end
  local rules = {}
  for line in file:lines() do
    line = gsub(line, "\r$", "")
    if find(line, "%S") and sub(line, 1, 1) ~= "#" then rules[#rules + 1] = parse_rule(line) end
  end
  file:close()
  return rules
end

-- The last rule that matches decides, and deeper folders come later.
local function is_ignored(layers, relative, name, is_folder)
  local ignored = false
  for _, layer in ipairs(layers) do
    local from_layer = sub(relative, #layer.prefix + 1)
    for _, rule in ipairs(layer.rules) do
      if is_folder or not rule.folders_only then
        if matches(rule, from_layer, name) then ignored = not rule.negated end
      end
    end
  end
  return ignored
end

local function matches_any(rules, relative, name)
  for _, rule in ipairs(rules) do
    if matches(rule, relative, name) then return true end
  end
  return #rules == 0
end

-- Walking ---------------------------------------------------------------------------------------------------------------

local function walk(search, folder, relative, layers, depth)
  local names = fs.list(folder)
  table.sort(names)
  local own = rules_from_gitignore(folder)
  if own then
    local extended = { unpack(layers) }
    extended[#extended + 1] = { prefix = relative, rules = own }
    layers = extended
  end
  for _, name in ipairs(names) do
    if sub(name, 1, 1) ~= "." and name ~= "node_modules" then
      local path = folder == "." and name or join(folder, name)
      local here = relative .. name
      local is_folder = fs.is_dir(path)
      if not is_ignored(layers, here, name, is_folder) then
        if not is_folder then
          if matches_any(search.include, here, name) then search.visit(path) end
        elseif depth < max_folder_depth then
          walk(search, path, here .. "/", layers, depth + 1)
        end
      end
    end
  end
end

-- Searching -----------------------------------------------------------------------------------------------------------------

local latin1 = {}
for byte = 128, 255 do
  latin1[string.char(byte)] = string.char(byte < 192 and 194 or 195, byte < 192 and byte or byte - 64)
end

-- Results must be UTF-8. Text that is something else is most likely Latin-1.
local function printable(line)
  if #line > max_line_length then
    line = gsub(sub(line, 1, max_line_length), "[\192-\255][\128-\191]*$", "") .. " ..."
  end
  line = gsub(line, "[%z\1-\8\11-\31\127]", " ")
  if not find(line, "[\128-\255]") then return line end
  local rest = gsub(line, "[\194-\223][\128-\191]", " ")
  rest = gsub(rest, "[\224-\239][\128-\191][\128-\191]", " ")
  rest = gsub(rest, "[\240-\244][\128-\191][\128-\191][\128-\191]", " ")
  local utf8 = not find(rest, "[\128-\255]") and not find(line, "\237[\160-\191]")
    and not find(line, "\224[\128-\159]") and not find(line, "\240[\128-\143]") and not find(line, "\244[\144-\191]")
  return utf8 and line or (gsub(line, "[\128-\255]", latin1))
end

local function is_binary(file)
  local head = file:read(sniff_length)
  file:seek("set")
  return head ~= nil and find(head, "\0", 1, true) ~= nil
end

-- Goes through one file with a window of the last `context` lines; nothing else of the file is kept.
local function search_file(search, path)
  local file = io.open(path, "rb")
  if not file then
    search.unreadable = search.unreadable + 1
    return
  end
  if is_binary(file) then
    file:close()
    return
  end
  search.files = search.files + 1
  local out, needle, context = search.out, search.needle, search.context
  local window, number, printed, after, found = {}, 0, 0, 0, false
  local function print_line(at, mark, line)
    if printed == 0 then
      out[#out + 1] = "\n" .. printable(path)
    elseif at > printed + 1 then
      out[#out + 1] = "      --"
    end
    out[#out + 1] = ("%6d%s %s"):format(at, mark, printable(line))
    printed = at
  end
  for line in file:lines() do
    number = number + 1
    line = gsub(line, "\r$", "")
    if find(search.ignore_case and lower(line) or line, needle, 1, search.plain) then
      search.matches, found = search.matches + 1, true
      if search.matches <= search.limit then
        for at = math.max(printed + 1, number - context), number - 1 do print_line(at, "-", window[at]) end
        print_line(number, ":", line)
        after = context
      end
    elseif after > 0 then
      print_line(number, "-", line)
      after = after - 1
    end
    window[number] = line
    window[number - context - 1] = nil
  end
  file:close()
  if found then search.matched_files = search.matched_files + 1 end
end

-- Entry -----------------------------------------------------------------------------------------------------------------------

-- Lower case for a pattern must leave its classes alone: "%S" and "%s" differ.
local function lower_pattern(pattern)
  return (gsub(pattern, "%%?.", function(item) return #item == 1 and lower(item) or item end))
end

local function check(args)
  if type(args.text) ~= "string" or args.text == "" then return "text must be what to look for" end
  if args.path ~= nil and type(args.path) ~= "string" then return "path must be the name of a file or folder" end
  local context, limit = args.context or 2, args.limit or 100
  if type(context) ~= "number" or context < 0 or context > 20 then return "context must be a number from 0 to 20" end
  if type(limit) ~= "number" or limit < 1 then return "limit must be a positive number" end
  if not fs.exists(args.path or ".") then return "there is no file or folder " .. args.path end
  if args.pattern then
    local ok, problem = pcall(find, "", args.text)
    if not ok then return "text is not a Lua pattern: " .. gsub(tostring(problem), "^.-: ", "") end
  end
end

return function(args)
  local problem = check(args)
  if problem then return "error: " .. problem end
  local needle = args.text
  if args.ignore_case then needle = args.pattern and lower_pattern(needle) or lower(needle) end
  local search = {
    needle = needle, plain = not args.pattern, ignore_case = args.ignore_case,
    context = args.context or 2, limit = args.limit or 100, include = rules_from_list(args.include),
    files = 0, matches = 0, matched_files = 0, unreadable = 0, out = {},
  }
  search.visit = function(path) search_file(search, path) end

  local path = args.path or "."
  if fs.is_dir(path) then
    walk(search, path, "", { { prefix = "", rules = rules_from_list(args.ignore) } }, 1)
  else
    search_file(search, path)
  end

  local summary = ("%d matching line%s in %d of %d files for \"%s\""):format(
    search.matches, search.matches == 1 and "" or "s", search.matched_files, search.files, printable(args.text))
  if search.matches > search.limit then
    summary = summary .. ("; the first %d are shown, raise limit or narrow the search"):format(search.limit)
  end
  if search.unreadable > 0 then summary = summary .. ("; %d files could not be read"):format(search.unreadable) end
  table.insert(search.out, 1, summary)
  return table.concat(search.out, "\n"), vulcan.runtime.overflow_type.page
end
