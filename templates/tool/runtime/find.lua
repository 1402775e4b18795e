-- Whether a host checks arguments against the schema is its choice, so what the code relies on is checked here as well.

local default_limit = 100

local function check(args)
  if type(args.path) ~= "string" or not vulcan.fs.is_dir(args.path) then
    return "error: path must be a folder that exists"
  elseif type(args.text) ~= "string" or args.text == "" then
    return "error: text must be what to look for"
  elseif args.limit ~= nil and (type(args.limit) ~= "number" or args.limit < 1) then
    return "error: limit must be at least 1"
  elseif args.extensions ~= nil and type(args.extensions) ~= "table" then
    return "error: extensions must be a list such as [\"md\"]"
  end
end

-- The extensions as a set; nil means all.
local function wanted_extensions(extensions)
  if extensions == nil or #extensions == 0 then
    return nil
  end
  local wanted = {}
  for _, extension in ipairs(extensions) do
    wanted["." .. tostring(extension):lower()] = true
  end
  return wanted
end

-- Calls visit(path) for every file, in order; folders that begin with a dot are left out.
local function each_file(folder, visit)
  local names = vulcan.fs.list(folder)
  table.sort(names)
  for _, name in ipairs(names) do
    local path = vulcan.path.join(folder, name)
    local stat = vulcan.fs.stat(path)
    if name:sub(1, 1) == "." or stat == nil then
      -- Hidden, or gone since it was listed.
    elseif stat.kind == "dir" then
      each_file(path, visit)
    elseif stat.kind == "file" then
      visit(path)
    end
  end
end

local function search(args, limit)
  local needle = args.ignore_case and args.text:lower() or args.text
  local wanted = wanted_extensions(args.extensions)
  local matches, more = {}, 0
  each_file(args.path, function(path)
    if wanted and not wanted[vulcan.path.extname(path):lower()] then
      return
    end
    local readable, text = pcall(vulcan.fs.read, path)
    if not readable then
      -- What is no UTF-8 text is not searched.
      return
    end
    local number = 0
    for line in (text .. "\n"):gmatch("(.-)\r?\n") do
      number = number + 1
      if (args.ignore_case and line:lower() or line):find(needle, 1, true) == nil then
        -- Not in this line.
      elseif #matches < limit then
        matches[#matches + 1] = path .. ":" .. number .. ": " .. line
      else
        more = more + 1
      end
    end
  end)
  return matches, more
end

---@type vulcan.Entry
return function(args)
  local mistake = check(args)
  if mistake then
    return mistake
  end
  local matches, more = search(args, args.limit or default_limit)
  if #matches == 0 then
    return "No match. Try a shorter text, or ignore_case."
  end
  if more > 0 then
    matches[#matches + 1] = more .. " more; raise limit, or look for a longer text."
  end
  -- A result that does not fit is shown page by page.
  return table.concat(matches, "\n"), "page"
end
