-- project-memory-remember: keeps a note, or changes one.

local part

return function(args)
  part = part or dofile(vulcan.path.join(vulcan.context.entry_dir, "parts.lua"))
  local notes = part("notes")

  local check = part("arguments")(args)
  local id = check.whole("id", 1, 2 ^ 53)
  local title, body = check.text("title", 200), check.text("body", 100000)
  local path, tags = check.text("path", 1000), check.tags()
  if not id then
    check.need("title", title)
    check.need("body", body)
  elseif not (title or body or path or tags) then
    check.problem = check.problem or "nothing is given that could be changed: title, body, path or tags"
  end
  check.problem = check.problem or notes.problem()
  if check.problem then return "error: " .. check.problem end

  local note
  if id then
    note = notes.change(id, title, body, path, tags)
    if not note then return ("error: there is no note %d"):format(id) end
  else
    note = notes.add(title, body, path, tags)
  end

  local answer = ("%s note %d: %s"):format(id and "Changed" or "Remembered", note.id, note.title)
  if not note.embedding then
    local ok, problem = pcall(part("vectors").add, note)
    if not ok then answer = answer .. "\nIt is found by its words only: " .. problem end
  end
  return answer
end
