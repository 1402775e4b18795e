local tasks

---@type vulcan.Entry
return function(args)
  if type(args.id) ~= "number" then
    return "error: id must be the number of a task"
  end
  tasks = tasks or dofile(vulcan.path.join(vulcan.context.entry_dir, "parts", "tasks.lua"))
  local title = tasks.finish(args.id)
  if title == nil then
    return "error: there is no task " .. args.id
  end
  return "Done: " .. title
end
