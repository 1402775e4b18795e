-- What the standard libraries may do inside a host process.
local safe = ...

-- These belong to the runtime: the registry anchors its state, vmevent handlers run where nothing can
-- stop them, debug.debug reads standard input.
debug.getregistry, debug.debug, jit.attach = nil, nil, nil

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
local base = _G
return function()
  local environment = setmetatable({}, { __index = base })
  environment._G = environment
  return environment
end
