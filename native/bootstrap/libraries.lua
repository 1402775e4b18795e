-- What the standard libraries may do inside a host process.
local safe = ...

-- These belong to the runtime: vmevent handlers run where nothing can stop them, debug.debug reads standard input, and the
-- registry anchors the runtime's own state. What Lua code looks for in a registry is the table of loaded modules.
debug.debug, jit.attach = nil, nil
local registry = { _LOADED = package.loaded }
function debug.getregistry()
  return registry
end

function os.exit()
  error("os.exit: Lua code cannot end the host process", 2)
end

if safe then
  local kept = { clock = os.clock, date = os.date, time = os.time, difftime = os.difftime }
  string.dump = nil
  for _, name in ipairs({ "load", "loadstring", "loadfile", "dofile", "require", "module", "package", "io", "debug", "jit", "ffi" }) do
    _G[name] = nil
  end
  _G.os = kept
end

-- Makes the environment of one skill or module: globals are read through, written locally, and `_G` is the environment itself.
local base, setmetatable = _G, setmetatable
return function()
  local environment = setmetatable({}, { __index = base })
  environment._G = environment
  return environment
end
