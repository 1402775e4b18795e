-- vulcan.sqlite: parameters cross apart, as they are bound from JSON text; rows come back as JSON text.
local host, sqlite = ...
local json = host.json()
local decode, type, next = json.decode, type, next
local crossing = host.database
local call, text, without = crossing.call, crossing.text, crossing.without

local payloads = {
  execute_script = "params",
  execute_batch = "items",
  query_json = "params",
  query_stream = "params",
}

local bodies = {
  query_json = function(result, body)
    result.json_data = body
    result.rows = decode(body)
  end,
  query_stream_chunk = function(result, body)
    result.chunk_base64 = body
  end,
}

for name, member in next, sqlite do
  local payload_name, attach = payloads[name], bodies[name]
  if name ~= "info" and name ~= "status" then
    sqlite[name] = function(input)
      local payload, problem
      if payload_name and type(input) == "table" and input[payload_name] ~= nil then
        payload, problem = text(input[payload_name], "input." .. payload_name)
        input = without(input, payload_name)
      end
      local result, body = call(member, input, payload, problem)
      if body then
        attach(result, body)
      end
      return result
    end
  end
end

local list = sqlite.list_custom_words
function sqlite.list_custom_words()
  return list({})
end
