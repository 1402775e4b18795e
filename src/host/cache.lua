-- vulcan.cache: values become JSON text where they are, so that nothing is shared and nothing is converted twice.
local host, cache = ...
local json = host.json()
local encode, decode = json.encode, json.decode
local pcall, error, gsub = pcall, error, string.gsub
local put, get = cache.put, cache.get

function cache.put(value, ttl_sec)
  local ok, text = pcall(encode, value)
  if not ok then
    error((gsub(text, "^json%.encode: ", "cache.put: ")), 0)
  end
  return put(text, ttl_sec)
end

function cache.get(id)
  local text = get(id)
  if text == nil then
    return nil
  end
  return decode(text)
end
