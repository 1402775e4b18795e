-- Formats n lines, then splits and counts their words: string creation, interning and the pattern matcher.
return function(n)
  local words, length = 0, 0
  for i = 1, n do
    local line = string.format("%d: value %5.2f of item_%d", i, i / 7, i % 100)
    for word in string.gmatch(line, "[%w_]+") do words = words + #word end
    length = length + #line:gsub("%d", "#")
  end
  return words + length
end
