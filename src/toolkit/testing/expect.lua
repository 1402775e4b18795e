-- expect(value): what a value is held against, and the failure that says how it differs.
local bench = luaskills_test

local type, tostring, pairs, error, pcall, rawequal = type, tostring, pairs, error, pcall, rawequal
local getmetatable, setmetatable, rawget, select = getmetatable, setmetatable, rawget, select
local inline, lines_of = bench.format.inline, bench.format.lines_of

-- What marks an error value as a failed expectation.
local Failure = {
  __tostring = function(failure)
    return failure.message
  end,
}

-- expected and actual are texts to compare, or nil
local function fail(message, expected, actual)
  error(setmetatable({ message = message, expected = expected, actual = actual }, Failure), 0)
end

local function equal(a, b, open)
  if rawequal(a, b) or (a ~= a and b ~= b) then
    return true
  elseif type(a) ~= "table" or type(b) ~= "table" then
    -- 64-bit integers are compared by value.
    return type(a) == "cdata" and type(b) == "cdata" and a == b
  elseif open[a] == b then
    return true
  end
  open[a] = b
  for key, value in pairs(a) do
    if not equal(value, b[key], open) then
      return false
    end
  end
  for key in pairs(b) do
    if a[key] == nil then
      return false
    end
  end
  open[a] = nil
  return true
end

local function require_type(matcher, what, value, wanted)
  if type(value) ~= wanted then
    error(matcher .. ": " .. what .. " must be a " .. wanted .. ", got " .. inline(value), 0)
  end
end

-- Each takes the value and what the matcher is given. It returns whether the value passes, what was expected of it, and for
-- comparisons the two texts; or what happened instead.
local matchers = {}

function matchers.to_equal(value, expected)
  local compared = type(value) == type(expected) and (type(value) == "table" or type(value) == "string")
  return equal(value, expected, {}),
    "to equal " .. inline(expected),
    compared and { lines_of(expected), lines_of(value) } or nil
end

function matchers.to_be(value, expected)
  return rawequal(value, expected), "to be " .. inline(expected)
end

function matchers.to_be_truthy(value)
  return value and true or false, "to be truthy"
end

function matchers.to_be_falsy(value)
  return not value, "to be false or nil"
end

function matchers.to_be_a(value, name)
  require_type("to_be_a", "the name of the type", name, "string")
  return type(value) == name, "to be a " .. name
end

function matchers.to_match(value, pattern)
  require_type("to_match", "the value", value, "string")
  require_type("to_match", "the pattern", pattern, "string")
  return value:find(pattern) ~= nil, "to match the pattern " .. inline(pattern)
end

function matchers.to_contain(value, part)
  if type(value) == "string" then
    require_type("to_contain", "the part of a string", part, "string")
    return value:find(part, 1, true) ~= nil, "to contain " .. inline(part)
  end
  require_type("to_contain", "the value", value, "table")
  for _, member in pairs(value) do
    if equal(member, part, {}) then
      return true, "to contain " .. inline(part)
    end
  end
  return false, "to contain " .. inline(part)
end

function matchers.to_have_length(value, length)
  if type(value) ~= "string" then
    require_type("to_have_length", "the value", value, "table")
  end
  return #value == length, "to have length " .. inline(length), nil, ", but it has " .. #value
end

function matchers.to_be_near(value, number, tolerance)
  require_type("to_be_near", "the value", value, "number")
  require_type("to_be_near", "the number", number, "number")
  local distance = tolerance or 1e-9
  return math.abs(value - number) <= distance, "to be within " .. inline(distance) .. " of " .. inline(number)
end

function matchers.to_be_at_least(value, number)
  require_type("to_be_at_least", "the value", value, "number")
  return value >= number, "to be at least " .. inline(number)
end

function matchers.to_be_at_most(value, number)
  require_type("to_be_at_most", "the value", value, "number")
  return value <= number, "to be at most " .. inline(number)
end

function matchers.to_raise(value, part)
  require_type("to_raise", "the value", value, "function")
  local ok, raised = pcall(value)
  if getmetatable(raised) == Failure then
    error(raised, 0)
  elseif part == nil then
    return not ok, "to raise an error", nil, not ok and ", but it raised " .. inline(tostring(raised)) or ""
  end
  require_type("to_raise", "the part of the message", part, "string")
  local message = tostring(raised)
  return not ok and message:find(part, 1, true) ~= nil,
    "to raise an error with " .. inline(part),
    nil,
    ok and ", but it raised none" or ", but it raised " .. inline(message)
end

local Expectation = {}
local methods = {}

for name, check in pairs(matchers) do
  methods[name] = function(self, ...)
    if getmetatable(self) ~= Expectation then
      error(name .. ": write a colon, as in expect(value):" .. name .. "(…)", 0)
    end
    local value = rawget(self, "value")
    local passes, wanted, texts, instead = check(value, ...)
    if passes ~= self.negated then
      return
    end
    local message = "expected " .. inline(value) .. (self.negated and " not " or " ") .. wanted .. (instead or "")
    if texts and not self.negated then
      fail(message, texts[1], texts[2])
    end
    fail(message)
  end
end

function Expectation.__index(self, name)
  if name == "never" then
    return setmetatable({ value = rawget(self, "value"), negated = not self.negated }, Expectation)
  elseif methods[name] == nil then
    local names = {}
    for known in pairs(methods) do
      names[#names + 1] = known
    end
    table.sort(names)
    error("expect has no " .. tostring(name) .. "; there are never, " .. table.concat(names, ", "), 0)
  end
  return methods[name]
end

local function expect(...)
  if select("#", ...) == 0 then
    error("expect: pass the value", 0)
  end
  return setmetatable({ value = (...), negated = false }, Expectation)
end

bench.expect, bench.Failure = expect, Failure

function bench.fail(message)
  fail(message == nil and "fail was called" or bench.format.printable(tostring(message)))
end
