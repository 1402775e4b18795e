-- The vectors of the notes in LanceDB. Everything here raises an error when there are no vectors to be had: no LanceDB, a
-- synchronous call, a model that fails. Notes do without them then.

local part = ...
local notes, embedding = part("notes"), part("embedding")
local lancedb = vulcan.lancedb

local vectors = {}

local table_name = "vectors"
local least_similarity = 0.15  -- of hits; what is less alike has nothing to do with the text

local function require_lancedb()
  if not lancedb.enabled then error(lancedb.status().reason, 0) end
end

local function make_table(dimensions, overwrite)
  local ok, problem = pcall(lancedb.create_table, {
    table_name = table_name,
    columns = {
      { name = "id", column_type = "int64", nullable = false },
      { name = "vector", column_type = "vector_float32", vector_dim = dimensions, nullable = false },
    },
    overwrite_if_exists = overwrite,
  })
  if not ok and not problem:find("already exists", 1, true) then error(problem, 0) end
end

-- Vectors of different embeddings cannot be compared, so a table has one kind.
local function require_same(made_by, decided)
  if decided == made_by then return end
  local text = "the vectors were made by %s, texts are embedded by %s now: call project-memory-reindex"
  error(text:format(decided, made_by), 0)
end

local function write(list, rows, made_by)
  lancedb.vector_upsert({ table_name = table_name, rows = rows, key_columns = { "id" } })
  notes.mark(list, made_by)
end

local function embed(note)
  return embedding.of(note.title .. "\n" .. note.body)
end

--- Makes the vector of a note.
function vectors.add(note)
  require_lancedb()
  local vector, made_by = embed(note)
  local decided = notes.embedding()
  if not decided then
    make_table(#vector, false)
    decided = notes.decide_embedding(made_by)
  end
  require_same(made_by, decided)
  write({ note }, { { id = note.id, vector = vector } }, made_by)
end

--- Notes with a meaning like that of the text, best first: their ids.
function vectors.search(text, limit)
  require_lancedb()
  local decided = notes.embedding()
  if not decided then return {} end
  local vector, made_by = embedding.of(text)
  require_same(made_by, decided)
  local found = lancedb.vector_search({ table_name = table_name, vector = vector, limit = limit })
  local hits = {}
  for _, row in ipairs(found.data_json) do
    local similarity = 1 - row._distance / 2  -- the cosine, as all vectors have length 1
    if similarity >= least_similarity then hits[#hits + 1] = { id = row.id } end
  end
  return hits
end

--- Removes the vector of a note.
function vectors.remove(id)
  require_lancedb()
  if notes.embedding() then lancedb.delete({ table_name = table_name, condition = "id = " .. id }) end
end

--- Makes the vectors that are missing; all of them when `all`, or when texts are embedded by something else now. Returns
--- how many were made, and by what.
function vectors.complete(all)
  require_lancedb()
  local probe, made_by = embedding.of("memory")
  local anew = all or notes.embedding() ~= made_by
  make_table(#probe, anew)
  if anew then notes.replace_embedding(made_by) end
  local count, last = 0, 0
  while true do
    local list = notes.without_vector(made_by, last, 100)
    if #list == 0 then return count, made_by end
    local rows = {}
    for i, note in ipairs(list) do rows[i] = { id = note.id, vector = (embed(note)) } end
    write(list, rows, made_by)
    count, last = count + #list, list[#list].id
  end
end

return vectors
