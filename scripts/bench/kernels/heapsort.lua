-- Sorts n pseudo-random numbers ten times in plain Lua: array loads, stores and compares.
return function(n)
  local seed, sorted = 42, 0
  for _ = 1, 10 do
    local a = {}
    for i = 1, n do
      seed = (seed * 16807) % 2147483647
      a[i] = seed
    end
    local half, last = math.floor(n / 2) + 1, n
    while true do
      local value
      if half > 1 then
        half = half - 1
        value = a[half]
      else
        value = a[last]
        a[last] = a[1]
        last = last - 1
        if last == 1 then
          a[1] = value
          break
        end
      end
      local parent, child = half, half * 2
      while child <= last do
        if child < last and a[child] < a[child + 1] then child = child + 1 end
        if value >= a[child] then break end
        a[parent] = a[child]
        parent, child = child, child * 2
      end
      a[parent] = value
    end
    for i = 2, n do
      if a[i - 1] > a[i] then error("not sorted") end
    end
    sorted = sorted + n
  end
  return sorted
end
