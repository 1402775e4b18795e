-- Tables that show the running invocation: every read asks the host, so there is nothing to reset between calls.
local host = ...

local ipairs, pairs, error, setmetatable, tostring = ipairs, pairs, error, setmetatable, tostring
local read = host.view.read

local function view(path, keys)
  local known = {}
  for _, key in ipairs(keys) do
    known[key] = true
  end
  return setmetatable({}, {
    __metatable = false,
    __index = function(_, key)
      if known[key] then
        return read(path, key)
      end
    end,
    __newindex = function(_, key)
      error(path .. "." .. tostring(key) .. ": " .. path .. " is read-only", 2)
    end,
    __pairs = function()
      local i = 0
      return function()
        while i < #keys do
          i = i + 1
          local value = read(path, keys[i])
          if value ~= nil then
            return keys[i], value
          end
        end
      end
    end,
  })
end

for path, keys in pairs(host.views) do
  local parent, name = vulcan, nil
  for step in path:gmatch("[^.]+") do
    if name then
      parent[name] = parent[name] or {}
      parent = parent[name]
    end
    name = step ~= "vulcan" and step or nil
  end
  parent[name] = view(path, keys)
end
