-- Vectors of texts: from the embedding model of the host, if it has one, else from local-embedding.lua.

local part = ...

local embedding = {}

local longest = 8000  -- bytes of a text that are looked at; models take no texts of any length

--- What makes vectors here. Hosts name their model in the config of this skill, key `embedding_model`: under another name
--- all vectors have to be made anew.
function embedding.name()
  if not vulcan.models.has("embed") then return part("local-embedding").name end
  local ok, name = pcall(vulcan.config.get, "embedding_model")  -- not every host keeps a config
  return ok and name or "model"
end

local function raw_vector(text)
  if not vulcan.models.has("embed") then return part("local-embedding").of(text) end
  local answer = vulcan.models.embed(text)
  if not answer.ok then error("the embedding model failed: " .. answer.error.message, 0) end
  return answer.vector
end

--- The vector of a text, of length 1, and what has made it, such as `local-1/512`. Raises what the model fails with.
function embedding.of(text)
  local vector = raw_vector(part("layout").start_of(text, longest))
  local squares = 0
  for _, x in ipairs(vector) do squares = squares + x * x end
  if squares == 0 then error("the text has nothing that could be compared", 0) end
  local length = math.sqrt(squares)
  for i, x in ipairs(vector) do vector[i] = x / length end
  return vector, embedding.name() .. "/" .. #vector
end

return embedding
