-- Chunks come as text only, and the loaders are Lua, so that what they run can be preempted and may wait.
local load, loadfile, type, error, pairs, select = load, loadfile, type, error, pairs, select
local find, format, concat = string.find, string.format, table.concat

local WRONG_MODE = "only chunks of text can be loaded, not bytecode"

local function accepts_text(mode)
  return mode == nil or (type(mode) == "string" and find(mode, "t", 1, true) ~= nil)
end

local function checked(chunk, message)
  if not chunk and type(message) == "string" and find(message, "wrong mode", 1, true) then
    return nil, WRONG_MODE
  end
  return chunk, message
end

-- A reader function is called here, not by the C parser: below that a call could neither wait nor be preempted.
local function read_all(reader)
  local pieces, n = {}, 0
  while true do
    local piece = reader()
    if piece == nil or piece == "" then
      return concat(pieces, "", 1, n)
    end
    if type(piece) ~= "string" then
      error("reader function must return a string", 3)
    end
    n = n + 1
    pieces[n] = piece
  end
end

local function load_text(chunk, name, mode, ...)
  if not accepts_text(mode) then
    return nil, WRONG_MODE
  end
  if type(chunk) == "function" then
    chunk, name = read_all(chunk), name or "=(load)"
  end
  return checked(load(chunk, name or chunk, "t", ...))
end

local function load_file(name, mode, ...)
  if name == nil then
    return nil, "loadfile: a file name is needed (standard input belongs to the host)"
  end
  if not accepts_text(mode) then
    return nil, WRONG_MODE
  end
  return checked(loadfile(name, "t", ...))
end

function _G.load(chunk, name, mode, ...)
  return load_text(chunk, name, mode, ...)
end

_G.loadstring = function(text, name)
  return load_text(text, name)
end

_G.loadfile = load_file

function _G.dofile(name)
  local chunk, message = load_file(name)
  if not chunk then
    error(message, 0)
  end
  return chunk()
end

local package = package
local loaded, preload, searchpath = package.loaded, package.preload, package.searchpath
-- Nothing that module() could take for the table of a module.
local LOADING = newproxy()

-- The extra data of coroutines is where the runtime keeps itself.
preload["thread.exdata"], preload["thread.exdata2"] = nil, nil

package.loaders[2] = function(name)
  local file, message = searchpath(name, package.path)
  if not file then
    return message
  end
  local chunk, reason = load_file(file)
  if not chunk then
    error(format("error loading module '%s' from file '%s':\n\t%s", name, file, reason), 0)
  end
  return chunk
end

function _G.require(name)
  if type(name) ~= "string" then
    error(format("bad argument #1 to 'require' (string expected, got %s)", name == nil and "no value" or type(name)), 2)
  end
  local module = loaded[name]
  if module == LOADING then
    error(format("loop or previous error loading module '%s'", name), 2)
  end
  if module then
    return module
  end
  local loaders = package.loaders
  if type(loaders) ~= "table" then
    error("'package.loaders' must be a table", 2)
  end
  local tried = ""
  for i = 1, #loaders do
    local loader = loaders[i](name)
    if type(loader) == "function" then
      loaded[name] = LOADING
      local result = loader(name)
      if result ~= nil then
        loaded[name] = result
      elseif loaded[name] == LOADING then
        loaded[name] = true
      end
      return loaded[name]
    elseif type(loader) == "string" then
      tried = tried .. loader
    end
  end
  error(format("module '%s' not found:%s", name, tried), 2)
end
