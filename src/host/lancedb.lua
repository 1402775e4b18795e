-- vulcan.lancedb: what is written crosses apart, as JSON text or as the bytes of an Arrow stream.
local host, lancedb = ...
local json = host.json()
local decode, type, next = json.decode, type, next
local crossing = host.database
local call, text, without = crossing.call, crossing.text, crossing.without

-- What is to be written, its format, and what is wrong with it.
local function payload_of(input)
  local rows, data = input.rows, input.data
  if type(rows) == "string" then
    return rows, "json"
  elseif rows ~= nil then
    local payload, problem = text(rows, "input.rows")
    return payload, "json", problem
  elseif type(data) == "string" then
    return data, "arrow_ipc"
  elseif type(data) == "table" then
    local payload, problem = text(data, "input.data")
    return payload, "json", problem
  elseif data == nil then
    return nil, nil, "rows or data is missing"
  end
  return nil, nil, "data must be a string or a table, got " .. type(data)
end

local upsert, search = lancedb.vector_upsert, lancedb.vector_search

for name, member in next, lancedb do
  if name ~= "info" and name ~= "status" then
    lancedb[name] = function(input)
      return (call(member, input))
    end
  end
end

function lancedb.vector_upsert(input)
  if type(input) ~= "table" then
    return call(upsert, input)
  end
  local payload, format, problem = payload_of(input)
  local head = without(without(input, "rows"), "data")
  if head.input_format == nil then
    head.input_format = format
  end
  return (call(upsert, head, payload, problem))
end

function lancedb.vector_search(input)
  if type(input) == "table" and input.output_format == nil then
    input = without(input, "output_format")
    input.output_format = "json"
  end
  local result, body = call(search, input)
  if body == nil then
    return result
  elseif result.format == "json" then
    result.data_json = decode(body)
  else
    result.data = body
  end
  return result
end
