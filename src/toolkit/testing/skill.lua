-- `skill`: the skill under test, as its host sees it. Entries run on other VMs of the engine. While one runs, the test waits;
-- what the entry asks of a function that the test has put in the place of a host tool or a model, the test answers itself.
local bench = luaskills_test

local type, error, pcall, tostring, pairs, next = type, error, pcall, tostring, pairs, next
local inline, printable = bench.format.inline, bench.format.printable

local skill = { id = bench.about.id, dir = bench.about.dir }

-- By kind and name: what answers, set by the file (for all of its tests) and by the running test.
local stand_ins = { file = { tool = {}, model = {} }, test = { tool = {}, model = {} } }
local descriptions = {}
-- Of failed calls by their message: where the entry was.
local tracebacks = {}

local function require_type(where, what, value, wanted)
  if type(value) ~= wanted then
    error(where .. ": " .. what .. " must be a " .. wanted .. ", got " .. inline(value), 0)
  end
end

-- Tells the host what there is now.
local function offer()
  local tools, models = {}, {}
  for _, scope in pairs(stand_ins) do
    for name in pairs(scope.tool) do
      tools[name] = descriptions[name]
    end
    for name in pairs(scope.model) do
      models[name] = true
    end
  end
  bench.offer(vulcan.json.object(tools), vulcan.json.object(models))
end

local function put(kind, name, answer)
  stand_ins[bench.phase() == "test" and "test" or "file"][kind][name] = answer
  offer()
end

local function answer(request)
  local kind, name = request.kind, request.name
  local respond = stand_ins.test[kind][name] or stand_ins.file[kind][name]
  return pcall(respond, request.first, request.second)
end

local function converse(event)
  while event.ask do
    local ok, value = answer(event)
    if not ok then
      value = printable(tostring(value))
    end
    event = bench.answer(event.ask, ok, value)
  end
  if event.error then
    tracebacks[event.error] = event.traceback
    error(event.error, 0)
  end
  return event.result
end

function skill.call(entry, args, options)
  require_type("skill.call", "entry", entry, "string")
  if args ~= nil then
    require_type("skill.call", "args", args, "table")
  end
  if options ~= nil then
    require_type("skill.call", "options", options, "table")
  end
  local result = converse(bench.call(entry, args or {}, options or {}))
  return result.content, result
end

function skill.help(flow, request)
  if flow ~= nil then
    require_type("skill.help", "flow", flow, "string")
  end
  if request ~= nil then
    require_type("skill.help", "request", request, "table")
  end
  return converse(bench.help(flow or "main", request or {}))
end

function skill.entries()
  return bench.entries()
end

function skill.logs()
  return bench.logs()
end

function skill.host_tool(name, respond, description)
  require_type("skill.host_tool", "name", name, "string")
  require_type("skill.host_tool", "respond", respond, "function")
  if description ~= nil then
    require_type("skill.host_tool", "description", description, "string")
  end
  descriptions[name] = description or "A stand-in of a test."
  put("tool", name, respond)
end

function skill.models(models)
  require_type("skill.models", "models", models, "table")
  for name, respond in pairs(models) do
    if name ~= "llm" and name ~= "embed" then
      error("skill.models: there are llm and embed, got " .. inline(name), 0)
    end
    require_type("skill.models", name, respond, "function")
  end
  for name, respond in pairs(models) do
    put("model", name, respond)
  end
end

bench.skill, bench.tracebacks = skill, tracebacks

-- What a test has set is gone after it.
function bench.forget_stand_ins()
  local own = stand_ins.test
  if next(own.tool) == nil and next(own.model) == nil then
    return
  end
  stand_ins.test = { tool = {}, model = {} }
  offer()
end
