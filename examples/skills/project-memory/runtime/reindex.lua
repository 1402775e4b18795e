-- project-memory-reindex: brings the full-text index and the vectors up to date.

local part

return function(args)
  part = part or dofile(vulcan.path.join(vulcan.context.entry_dir, "parts.lua"))
  local notes, layout = part("notes"), part("layout")

  local check = part("arguments")(args)
  local all = check.flag("all")
  check.problem = check.problem or notes.problem()
  if check.problem then return "error: " .. check.problem end

  notes.index_again()
  local ok, count, made_by = pcall(part("vectors").complete, all)
  if not ok then return "The search by words is up to date, that by meaning is not: " .. count end
  return ("The search is up to date. %s made by %s."):format(layout.plural(count, "vector"), made_by)
end
