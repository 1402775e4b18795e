local default_count = 200

local function whole(value, least)
  return type(value) == "number" and value % 1 == 0 and value >= least
end

---@type vulcan.Entry
return function(args)
  local from, count = args.from or 1, args.count or default_count
  if type(args.path) ~= "string" or not vulcan.fs.exists(args.path) or vulcan.fs.is_dir(args.path) then
    return "error: path must be a file that exists"
  elseif not whole(from, 1) or not whole(count, 1) then
    return "error: from and count must be whole numbers of at least 1"
  end
  local lines, number = {}, 0
  for line in vulcan.io.lines(args.path) do
    number = number + 1
    if number >= from and number < from + count then
      lines[#lines + 1] = number .. ": " .. line
    end
  end
  if #lines == 0 then
    return "error: the file has " .. number .. " lines"
  end
  if from + count <= number then
    lines[#lines + 1] = "The file has " .. number .. " lines; go on with from = " .. from + count .. "."
  end
  return table.concat(lines, "\n")
end
