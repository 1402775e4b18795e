local tasks

---@type vulcan.Entry
return function(args)
  if type(args.title) ~= "string" or not args.title:find("%S") then
    return "error: title must say what is to be done"
  end
  -- Other files of the skill are found by the folder of this one, which is known during a call only.
  tasks = tasks or dofile(vulcan.path.join(vulcan.context.entry_dir, "parts", "tasks.lua"))
  return "Added task " .. tasks.add(args.title) .. "."
end
