-- markdown-outline: headings, word counts and broken links of Markdown documents.

local fs, join = vulcan.fs, vulcan.path.join

local max_folder_depth = 16  -- a link to a parent folder would otherwise be followed for ever
local ignored_names = { node_modules = true, vendor = true, dist = true, build = true, target = true, prebuilds = true }

-- 1234567 -> "1,234,567"
local function thousands(n)
  local text, count = tostring(n), nil
  repeat text, count = text:gsub("^(%d+)(%d%d%d)", "%1,%2") until count == 0
  return text
end

local function plural(n, word)
  return ("%s %s%s"):format(thousands(n), word, n == 1 and "" or "s")
end

-- Finding documents ---------------------------------------------------------------------------------------------------

local function is_markdown(name)
  local extension = name:lower():match("%.(%w+)$")
  return extension == "md" or extension == "markdown"
end

local function collect(folder, ignored, files, depth)
  local names = fs.list(folder)
  table.sort(names)
  local folders = {}
  for _, name in ipairs(names) do
    if name:sub(1, 1) ~= "." and not ignored_names[name] and not ignored[name] then
      local path = folder == "." and name or join(folder, name)
      if is_markdown(name) then
        files[#files + 1] = path
      elseif depth < max_folder_depth and fs.is_dir(path) then
        folders[#folders + 1] = path
      end
    end
  end
  for _, path in ipairs(folders) do collect(path, ignored, files, depth + 1) end
end

-- Reading one document ------------------------------------------------------------------------------------------------

-- U+2000 to U+207F: dashes, curly quotes and the like.
local function without_punctuation(text)
  return (text:gsub("\226[\128\129][\128-\191]", ""))
end

-- What GitHub makes of a heading: lower case, punctuation gone, blanks become hyphens.
local function slug(title)
  local text = title:lower()
  text = text:gsub("!?%[([^%]]*)%]%([^)]*%)", "%1")       -- a link counts with its text
  text = without_punctuation(text)
  text = text:gsub("[%z\1-\31!-,./:-@[-^`{-~]", "")     -- of ASCII all but letters, digits, hyphen, underscore
  return (text:gsub(" ", "-"))
end

local function count_words(line)
  if line:find("^ ? ? ?%[[^%]^]+%]:%s") then return 0 end  -- where a link leads is no text
  local text = line:gsub("%]%b()", "]"):gsub("</?%a[^>]*>", " ")
  local words = 0
  for word in text:gmatch("%S+") do
    if without_punctuation(word):find("[%w\128-\255]") then words = words + 1 end
  end
  return words
end

-- Inline code may hold anything, brackets included.
local function without_code_spans(line)
  return (line:gsub("(`+).-%1", ""))
end

local function add_links(links, line, number)
  local text = without_code_spans(line)
  for target in text:gmatch("%]%(%s*(<?[^%s)]*>?)[^)]*%)") do
    links[#links + 1] = { target = target:match("^<(.*)>$") or target, line = number }
  end
  local reference = text:match("^ ? ? ?%[[^%]^]+%]:%s+(%S+)")
  if reference then links[#links + 1] = { target = reference:match("^<(.*)>$") or reference, line = number } end
end

local function add_heading(document, level, title, number)
  local base = slug(title)
  local seen = document.slugs[base]
  document.slugs[base] = (seen or 0) + 1
  document.anchors[seen and base .. "-" .. seen or base] = true
  document.headings[#document.headings + 1] = { level = level, title = title, line = number, words = 0 }
end

local function read_document(path)
  local file, problem = io.open(path, "rb")
  if not file then return nil, problem end
  local document = { path = path, headings = {}, links = {}, anchors = {}, slugs = {}, words = 0 }
  local number, fence, front_matter = 0, nil, false
  local previous, previous_words = "", 0  -- the line before, while it could be the title of an underlined heading
  for raw in file:lines() do
    number = number + 1
    local line = raw:gsub("\r$", "")
    if number == 1 then
      line = line:gsub("^\239\187\191", "")
      front_matter = line == "---"
    end
    local marker = line:match("^ ? ? ?(```+)") or line:match("^ ? ? ?(~~~+)")
    if front_matter then
      front_matter = number == 1 or not (line == "---" or line == "...")
      previous = ""
    elseif fence then
      if marker and marker:sub(1, #fence) == fence and not line:find("[^%s`~]") then fence = nil end
    elseif marker then
      fence, previous = marker, ""
    else
      local hashes, title = line:match("^ ? ? ?(#+)%s+(.-)%s*$")
      local underline = previous ~= "" and (line:match("^ ? ? ?(=)=*%s*$") or line:match("^ ? ? ?(%-)%-*%s*$"))
      if hashes and #hashes <= 6 then
        add_heading(document, #hashes, (title:gsub("%s+#+$", "")), number)
        previous = ""
      elseif underline then
        add_heading(document, underline == "=" and 1 or 2, previous, number - 1)
        previous = ""
      else
        previous = line:match("^ ? ? ?([^%s>|*+%-].-)%s*$") or ""
      end
      local current = document.headings[#document.headings]
      if underline then
        -- The line above was counted as text of the section before; it is the title of this one.
        local before = document.headings[#document.headings - 1]
        if before then before.words = before.words - previous_words end
        current.words = previous_words
      else
        previous_words = count_words(line)
        document.words = document.words + previous_words
        if current then current.words = current.words + previous_words end
      end
      for anchor in line:gmatch("<[^>]-%s[in][da]m?e?=[\"']([^\"']+)[\"']") do document.anchors[anchor] = true end
      add_links(document.links, line, number)
    end
  end
  file:close()
  return document
end

-- A section is as long as everything up to the next heading of its level.
local function add_subsections(headings)
  for index, heading in ipairs(headings) do
    heading.total = heading.words
    for later = index + 1, #headings do
      if headings[later].level <= heading.level then break end
      heading.total = heading.total + headings[later].words
    end
  end
end

-- Links ---------------------------------------------------------------------------------------------------------------

local function decode_percent(text)
  return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

local function find_broken_links(document, documents)
  local broken = {}
  local folder = document.path:match("^(.*)[/\\][^/\\]*$") or "."
  for _, link in ipairs(document.links) do
    local remote = link.target:find("^%a[%w+.-]*:") or link.target:find("^/")
    local path, anchor = decode_percent(link.target):match("^([^#?]*)%??[^#]*#?(.*)$")
    if not remote and link.target ~= "" then
      local target = document
      local problem
      if path ~= "" then
        local file = join(folder, path)
        if not fs.exists(file) then
          problem = "no such file"
        else
          target = is_markdown(file) and (documents[file] or read_document(file)) or nil
          documents[file] = documents[file] or target
        end
      end
      if not problem and anchor ~= "" and target and not target.anchors[anchor:lower()] and not target.anchors[anchor] then
        problem = "no such heading"
      end
      if problem then
        broken[#broken + 1] = ("%s:%d: %s (%s)"):format(document.path, link.line, link.target, problem)
      end
    end
  end
  return broken
end

-- Entry ---------------------------------------------------------------------------------------------------------------

local function print_document(out, document, depth)
  out[#out + 1] = ("%s: %s, %s"):format(
    document.path, plural(document.words, "word"), plural(#document.headings, "heading"))
  for _, heading in ipairs(document.headings) do
    if heading.level <= depth then
      out[#out + 1] = ("%6d  %s%s (%s)"):format(
        heading.line, ("  "):rep(heading.level - 1), heading.title, thousands(heading.total))
    end
  end
  out[#out + 1] = ""
end

return function(args)
  local path, depth = args.path, args.depth or 3
  if type(path) ~= "string" or not path:find("%S") then return "error: path must name a Markdown file or a folder" end
  if type(depth) ~= "number" or depth < 1 or depth > 6 then return "error: depth must be a number from 1 to 6" end
  if not fs.exists(path) then return "error: there is no file or folder " .. path end

  local ignored, files = {}, {}
  for name in tostring(args.ignore or ""):gmatch("[^,%s]+") do ignored[name] = true end
  if fs.is_dir(path) then collect(path, ignored, files, 1) else files[1] = path end
  if #files == 0 then return "No Markdown files under " .. path .. "." end

  local out, broken, documents = {}, {}, {}
  local words, headings = 0, 0
  for _, name in ipairs(files) do
    local document, problem = documents[name], nil
    if not document then document, problem = read_document(name) end
    if document then
      documents[name] = document
      add_subsections(document.headings)
      print_document(out, document, depth)
      words, headings = words + document.words, headings + #document.headings
      if args.check_links ~= false then
        for _, line in ipairs(find_broken_links(document, documents)) do broken[#broken + 1] = "  " .. line end
      end
    else
      out[#out + 1] = "cannot read " .. problem .. "\n"
    end
  end

  if #broken > 0 then
    out[#out + 1] = plural(#broken, "broken link") .. "\n" .. table.concat(broken, "\n") .. "\n"
  elseif args.check_links ~= false then
    out[#out + 1] = "No broken links."
  end
  out[#out + 1] = ("Total: %s, %s, %s"):format(plural(#files, "file"), plural(headings, "heading"), plural(words, "word"))
  return table.concat(out, "\n"), vulcan.runtime.overflow_type.page
end
