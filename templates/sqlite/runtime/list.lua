local tasks

---@type vulcan.Entry
return function(args)
  if args.search ~= nil and type(args.search) ~= "string" then
    return "error: search must be text"
  end
  tasks = tasks or dofile(vulcan.path.join(vulcan.context.entry_dir, "parts", "tasks.lua"))
  local lines = {}
  for i, task in ipairs(tasks.find(args.search or "")) do
    lines[i] = task.id .. ". [" .. (task.done == 1 and "x" or " ") .. "] " .. task.title
  end
  if #lines == 0 then
    return "No tasks."
  end
  -- A host may show a long list page by page.
  return table.concat(lines, "\n"), "page"
end
