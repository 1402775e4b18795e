-- The body of this file runs once on every VM. Every call runs the function that it returns.

---@type vulcan.Entry
return function(args)
  -- Mistakes of the caller are answered with text that says what to change: a model reads it and tries again.
  if type(args.who) ~= "string" or args.who == "" then
    return "error: who must be the name to greet"
  end
  local times = args.times or 1
  if type(times) ~= "number" or times % 1 ~= 0 or times < 1 or times > 10 then
    return "error: times must be a whole number from 1 to 10"
  end
  local lines = {}
  for i = 1, times do
    lines[i] = "Hello, " .. args.who .. "!"
  end
  return table.concat(lines, "\n")
end
