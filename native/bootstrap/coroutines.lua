-- Coroutines through which preemption and waiting pass unseen.
--
-- The runtime may yield anywhere: from a hook (no values) or from a host function that waits (the SYSTEM mark). When that
-- happens inside a coroutine of the user's, its resume comes back early; the resume functions below then yield outward and,
-- once the runtime continues, resume the same coroutine again with what they were given. A user's own yield carries the
-- YIELD mark, so the two cannot be confused. FAIL marks a wait that ended in an error.
local YIELD, SYSTEM, FAIL, is_root = ...

local create, resume, yield = coroutine.create, coroutine.resume, coroutine.yield
local status, running, isyieldable = coroutine.status, coroutine.running, coroutine.isyieldable
local error, select = error, select

-- Every coroutine that another one resumes takes C stack, which nobody but us counts.
local MAX_NESTED = 10000
local nested = 0

local function resumed(...)
  nested = nested - 1
  return ...
end

local function resume_nested(co, ...)
  if nested >= MAX_NESTED then
    return false, "C stack overflow"
  end
  nested = nested + 1
  return resumed(resume(co, ...))
end

local function settle(co, ok, ...)
  local mark = ...
  if mark == YIELD then
    return true, select(2, ...)
  end
  if mark == SYSTEM or (mark == nil and ok and status(co) == "suspended") then
    return settle(co, resume_nested(co, yield(SYSTEM)))
  end
  return ok, ...
end

local function unwrap(ok, ...)
  if ok then
    return ...
  end
  local message = ...
  error(message, 2)
end

local function answer(...)
  local mark, message = ...
  if mark == FAIL then
    error(message, 2)
  end
  return ...
end

local function answer_of_host(...)
  local mark, message = ...
  if mark == FAIL then
    error(message, 0)
  end
  return ...
end

function coroutine.resume(co, ...)
  return settle(co, resume_nested(co, ...))
end

function coroutine.wrap(f)
  local co = create(f)
  return function(...)
    return unwrap(settle(co, resume_nested(co, ...)))
  end
end

function coroutine.yield(...)
  return answer(yield(YIELD, ...))
end

function coroutine.running()
  local co = running()
  return co, is_root(co)
end

function coroutine.isyieldable()
  return isyieldable() and not is_root(running())
end

-- Wraps the C function of a host function, so that an error it waited for is raised where it was called.
return function(call)
  return function(...)
    return answer_of_host(call(...))
  end
end
