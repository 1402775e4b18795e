-- vulcan.process.session: a session is userdata with methods; the host knows it by a number.
local host, session = ...
local call = host.session
local error, newproxy, getmetatable, setmetatable = error, newproxy, getmetatable, setmetatable
local tostring, format = tostring, string.format

local numbers = setmetatable({}, { __mode = "k" })

local function number_of(method, value)
  local number = numbers[value]
  if not number then
    error(format("process.session.%s: call it as a method of a session, session:%s(...)", method, method), 0)
  end
  return number
end

local methods = {}

function methods.write(self, ...)
  return call.write(number_of("write", self), ...)
end

for _, method in ipairs({ "read", "status", "close", "kill" }) do
  local perform = call[method]
  methods[method] = function(self, options)
    return perform(number_of(method, self), options)
  end
end

-- Further sessions share the metatable of this one.
local prototype = newproxy(true)
local metatable = getmetatable(prototype)
metatable.__index = methods
metatable.__metatable = false
metatable.__tostring = function(self)
  return format("process session %s", tostring(numbers[self]))
end

function session.open(spec)
  local number = call.open(host.spec.session(spec))
  local opened = newproxy(prototype)
  numbers[opened] = number
  return opened
end
