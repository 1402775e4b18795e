-- The globals that a chunk reads and writes, from its bytecode: exact, and nothing of it runs. Answers with lists of
-- { name, line } of every function in it, in the order of the code.
local util, bit = require("jit.util"), require("bit")

local function opcode(source, at)
  return bit.band(util.funcbc(loadstring(source), at), 0xff)
end

-- The numbers of instructions are nobody's business but LuaJIT's, so it is asked.
local reads_global, writes_global = opcode("return x", 1), opcode("x = 1", 2)

local function visit(proto, found)
  local pc = 1
  while true do
    local instruction = util.funcbc(proto, pc)
    if not instruction then
      break
    end
    local operation = bit.band(instruction, 0xff)
    if operation == reads_global or operation == writes_global then
      local name = util.funck(proto, -bit.rshift(instruction, 16) - 1)
      local list = operation == reads_global and found.reads or found.writes
      list[#list + 1] = { name = name, line = util.funcinfo(proto, pc).currentline }
    end
    pc = pc + 1
  end
  local index = -1
  while true do
    local constant = util.funck(proto, index)
    if constant == nil then
      break
    elseif type(constant) == "proto" then
      visit(constant, found)
    end
    index = index - 1
  end
end

local found = { reads = {}, writes = {} }
local chunk = loadstring(args.source, "=chunk")
if chunk then
  visit(chunk, found)
end
return found
