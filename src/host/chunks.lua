-- Code that is no entry: each operation takes a chunk name, the code, and its arguments or the skill that it belongs to.
local host, operations = ...

local type, error, setfenv, gsub = type, error, setfenv, string.gsub
local load, new_environment, environment_of = host.load, host.environments.new, host.environments.of

-- Compiles code whose local `args` is what it gets; on the first line, so that line numbers stay. What may be there in a file,
-- a mark of its encoding and a line for the shell, may be there as well.
local function compile(chunk_name, code, environment)
  setfenv(0, environment)
  local text = gsub(gsub(code, "^\239\187\191", ""), "^#", "--#")
  local body, message = load("local args = ...; " .. text, chunk_name, environment)
  if not body then
    error(message, 0)
  end
  return body
end

function operations.run(chunk_name, code, args)
  return (compile(chunk_name, code, new_environment())(args))
end

-- As run, but what the code leaves in its globals is there the next time. No skill has this name.
function operations.eval(chunk_name, code, args)
  return (compile(chunk_name, code, environment_of("="))(args))
end

-- As run; the results come as texts with their kinds, so that any value can be reported.
function operations.exec(chunk_name, code, args)
  return host.report(compile(chunk_name, code, new_environment())(args))
end

-- A help page of a skill: what the file returns, or what the function returns that it returns.
function operations.page(chunk_name, code, skill)
  local page = compile(chunk_name, code, environment_of(skill))()
  if type(page) == "function" then
    page = page()
  end
  if type(page) ~= "string" then
    error("a help page must be a string, or a function that returns one, got " .. host.text.type_word(page), 0)
  end
  return page
end
