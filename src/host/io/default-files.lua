-- The default files of an io library, by the environment of the running coroutine, which is that of the skill or of the run:
-- what one sets is not there for another. `standard` holds those of everybody else; returns how to read and to set one.
local getfenv, setmetatable = getfenv, setmetatable

return function(standard)
  local defaults = setmetatable({}, { __mode = "k" })

  local function default(which)
    local own = defaults[getfenv(0)]
    return own and own[which] or standard[which]
  end

  local function keep(which, file)
    local environment = getfenv(0)
    defaults[environment] = defaults[environment] or {}
    defaults[environment][which] = file
    return file
  end

  return default, keep
end
