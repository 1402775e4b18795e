-- Points of an n × n grid that stay bounded: pure floating point in registers.
return function(n)
  local inside = 0
  for y = 0, n - 1 do
    local ci = 2 * y / n - 1
    for x = 0, n - 1 do
      local cr = 2 * x / n - 1.5
      local zr, zi, rr, ii = 0, 0, 0, 0
      local left = 50
      while left > 0 and rr + ii <= 4 do
        zi = 2 * zr * zi + ci
        zr = rr - ii + cr
        rr, ii = zr * zr, zi * zi
        left = left - 1
      end
      if left == 0 then inside = inside + 1 end
    end
  end
  return inside
end
