-- Relative paths hang off the directory of the VM, where it has one of its own: the process never changes its directory.
-- (What C modules and the FFI open is another matter: they see the directory of the process.)
local host = ...
local core = host.core
local error, ipairs, type = error, ipairs, type
local find, format, gsub, match = string.find, string.format, string.gsub, string.match
local package = package
local windows = package.config:sub(1, 1) == "\\"

-- The path as the system should get it. Everything that is no text is left to the function that complains about it.
local function at(path)
  if type(path) ~= "string" or find(path, windows and "^[/\\]" or "^/") or (windows and find(path, "^%a:")) then
    return path
  end
  local directory = core.directory()
  if not directory then
    return path
  end
  return (match(directory, "^(.*)/$") or directory) .. "/" .. path
end

local function wrap(library, name)
  local native = library[name]
  library[name] = function(path, ...)
    return native(at(path), ...)
  end
end

wrap(_G, "loadfile")
wrap(_G, "dofile")
wrap(os, "remove")
for _, name in ipairs({ "open", "lines", "input", "output" }) do
  wrap(io, name)
end

local rename, searchpath = os.rename, package.searchpath

function os.rename(from, to)
  return rename(at(from), at(to))
end

function package.searchpath(name, templates, ...)
  if type(templates) == "string" then
    templates = gsub(templates, "[^;]+", at)
  end
  return searchpath(name, templates, ...)
end

local find_file, load_file = package.searchpath, loadfile

package.loaders[2] = function(name)
  local file, message = find_file(name, package.path)
  if not file then
    return message
  end
  local chunk, reason = load_file(file)
  if not chunk then
    error(format("error loading module '%s' from file '%s':\n\t%s", name, file, reason), 0)
  end
  return chunk
end
