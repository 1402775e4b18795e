-- Times a kernel inside LuaJIT with the machine's monotonic clock, in our VM and in the luajit binary alike.
-- Arguments: the kernel's file, its n, warm-up runs, samples. Returns nanoseconds per sample and the kernel's result.
local ffi = require("ffi")
pcall(ffi.cdef, [[
  struct bench_timespec { long seconds; long nanoseconds; };
  int clock_gettime(int clock, struct bench_timespec *time);
]])
local time = ffi.new("struct bench_timespec")
local MONOTONIC = jit.os == "OSX" and 6 or 1

local function now()
  ffi.C.clock_gettime(MONOTONIC, time)
  return tonumber(time.seconds) * 1e9 + tonumber(time.nanoseconds)
end

return function(file, n, warm_up, samples)
  local kernel = dofile(file)
  local result
  for _ = 1, warm_up do result = kernel(n) end
  local nanoseconds = {}
  for i = 1, samples do
    local start = now()
    result = kernel(n)
    nanoseconds[i] = now() - start
  end
  return { nanoseconds = nanoseconds, result = tostring(result) }
end
