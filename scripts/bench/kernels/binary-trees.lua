-- Builds and walks trees of depth up to n: allocation and garbage collection. Returns the nodes counted.
local function build(depth)
  if depth == 0 then return {} end
  return { build(depth - 1), build(depth - 1) }
end

local function count(tree)
  if tree[1] then return 1 + count(tree[1]) + count(tree[2]) end
  return 1
end

return function(n)
  local long_lived = build(n)
  local total = 0
  for depth = 4, n, 4 do
    local trees = 2 ^ (n - depth + 4)
    for _ = 1, trees do total = total + count(build(depth)) end
  end
  return total + count(long_lived)
end
