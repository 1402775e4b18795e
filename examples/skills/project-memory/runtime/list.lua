-- project-memory-list: the notes, page by page.

local part

return function(args)
  part = part or dofile(vulcan.path.join(vulcan.context.entry_dir, "parts.lua"))
  local notes, layout = part("notes"), part("layout")

  local check = part("arguments")(args)
  local tags, limit, offset = check.tags() or {}, check.whole("limit", 1, 200, 20), check.whole("offset", 0, 2 ^ 53, 0)
  check.problem = check.problem or notes.problem()
  if check.problem then return "error: " .. check.problem end

  local page, total = notes.list(tags, limit, offset)
  local about = #tags > 0 and " with " .. table.concat(tags, ", ") or ""
  local out = { layout.plural(total, "note") .. about }
  if #page > 0 then
    if #page < total then out[1] = ("%s; %d to %d"):format(out[1], offset + 1, offset + #page) end
    out[1] = out[1] .. "\n"
  end
  for _, note in ipairs(page) do out[#out + 1] = ("- %d: %s (%s)"):format(note.id, note.title, layout.facts(note)) end
  if offset + #page < total and #page > 0 then out[#out + 1] = ("\nMore: offset %d"):format(offset + #page) end
  return table.concat(out, "\n"), vulcan.runtime.overflow_type.page
end
