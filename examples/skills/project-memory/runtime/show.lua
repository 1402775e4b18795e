-- project-memory-show: one note, whole.

local part

return function(args)
  part = part or dofile(vulcan.path.join(vulcan.context.entry_dir, "parts.lua"))
  local notes, layout = part("notes"), part("layout")

  local check = part("arguments")(args)
  local id = check.whole("id", 1, 2 ^ 53)
  check.need("id", id)
  check.problem = check.problem or notes.problem()
  if check.problem then return "error: " .. check.problem end

  local note = notes.get({ id })[id]
  if not note then return ("error: there is no note %d"):format(id) end
  local text = ("# %d: %s\n%s; made %s\n\n%s"):format(
    note.id, note.title, layout.facts(note), note.created_at:sub(1, 10), note.body)
  return text, vulcan.runtime.overflow_type.page
end
