-- The global `io` of a VM with the managed one: its members are made when one is first read.
local host = ...
local next, pairs, rawget, setmetatable = next, pairs, rawget, setmetatable

local managed = {}

local function build()
  setmetatable(managed, nil)
  for name, member in pairs(host.managed_io) do
    if rawget(managed, name) == nil then
      managed[name] = member
    end
  end
end

io = setmetatable(managed, {
  __index = function(_, name)
    build()
    return managed[name]
  end,
  __pairs = function()
    build()
    return next, managed
  end,
})
package.loaded.io = managed
