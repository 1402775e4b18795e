-- Loads the files of the folder parts, each once: `part("notes")` is what parts/notes.lua returns. They get `part` as
-- their argument, to load each other.

local folder, loaded = vulcan.path.join(vulcan.context.skill_dir, "runtime", "parts"), {}

local function part(name)
  if loaded[name] == nil then
    local chunk = assert(loadfile(vulcan.path.join(folder, name .. ".lua")))
    loaded[name] = chunk(part)
  end
  return loaded[name]
end

return part
