-- project-memory-forget: removes a note.

local part

return function(args)
  part = part or dofile(vulcan.path.join(vulcan.context.entry_dir, "parts.lua"))
  local notes = part("notes")

  local check = part("arguments")(args)
  local id = check.whole("id", 1, 2 ^ 53)
  check.need("id", id)
  check.problem = check.problem or notes.problem()
  if check.problem then return "error: " .. check.problem end

  local note = notes.get({ id })[id]
  if not note or not notes.remove(id) then return ("error: there is no note %d"):format(id) end
  pcall(part("vectors").remove, id)  -- a vector that stays finds nothing: ids are never given twice
  return ("Forgot note %d: %s"):format(id, note.title)
end
