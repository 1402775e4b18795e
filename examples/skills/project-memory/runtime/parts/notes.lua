-- The notes in SQLite: what is true about them. The full-text index and the vectors follow from it.
--
-- Tags are a JSON array in the row, and triggers keep the full-text index. So every change of a note is one statement,
-- which happens as a whole or not at all.

local sqlite, encode, decode = vulcan.sqlite, vulcan.json.encode, vulcan.json.decode

local notes = {}

-- What stands for nil in parameters, where a nil would end the list.
local absent = { kind = "null" }

local function query(sql, ...)
  return sqlite.query_json({ sql = sql, params = { ... } }).rows
end

-- Schema --------------------------------------------------------------------------------------------------------------

-- One step from each version to the next. Steps that people's notes have gone through are never changed, and none may
-- succeed twice: two processes may start at once.
local steps = {
  [[
    CREATE TABLE notes (
      id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given twice, so that what is left of an old note finds no new one
      title TEXT NOT NULL,
      body TEXT NOT NULL,
      path TEXT NOT NULL,
      tags TEXT NOT NULL,
      created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
      updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
      embedding TEXT                         -- what has made the vector of this text; NULL: there is none yet
    );
    CREATE INDEX notes_by_time ON notes (updated_at DESC, id DESC);

    CREATE TRIGGER note_added AFTER INSERT ON notes BEGIN
      INSERT INTO notes_text (rowid, id, file_path, title, content)
      VALUES (new.id, CAST(new.id AS TEXT), new.path, new.title, new.body);
    END;
    CREATE TRIGGER note_changed AFTER UPDATE OF title, body, path ON notes BEGIN
      UPDATE notes_text SET file_path = new.path, title = new.title, content = new.body WHERE rowid = new.id;
    END;
    CREATE TRIGGER note_removed AFTER DELETE ON notes BEGIN
      DELETE FROM notes_text WHERE rowid = old.id;
    END;

    CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
  ]],
}

local function schema_version()
  return query("PRAGMA user_version")[1].user_version
end

local function migrate()
  local version = schema_version()
  while version < #steps do
    sqlite.ensure_fts_index({ index_name = "notes_text", tokenizer_mode = "jieba" })
    local script = ("BEGIN IMMEDIATE; %s PRAGMA user_version = %d; COMMIT;"):format(steps[version + 1], version + 1)
    local ok, problem = pcall(sqlite.execute_script, { sql = script })
    local reached = schema_version()
    if not ok and reached == version then error(problem, 0) end  -- otherwise another process was faster
    version = reached
  end
  if version > #steps then
    error("the notes are from a newer version of this skill: their schema is " .. version .. ", not " .. #steps, 0)
  end
end

local ready = false

--- Why no notes can be kept; nil when they can. Everything else of this file wants this to be asked first.
function notes.problem()
  local status = sqlite.status()
  if not status.enabled then return "notes are kept in SQLite, and there is none here: " .. status.reason end
  if not ready then
    migrate()
    ready = true
  end
end

-- Notes ---------------------------------------------------------------------------------------------------------------

local function read(rows)
  for _, row in ipairs(rows) do row.tags = decode(row.tags) end
  return rows
end

local function encode_tags(tags)
  return encode(vulcan.json.array(tags))
end

--- Makes a note and returns it.
function notes.add(title, body, path, tags)
  return read(query(
    "INSERT INTO notes (title, body, path, tags) VALUES (?, ?, ?, ?) RETURNING *",
    title, body, path or "", encode_tags(tags)))[1]
end

--- Changes what is given of a note, and returns it; nil if there is none.
function notes.change(id, title, body, path, tags)
  return read(query([[
    UPDATE notes SET
      title = coalesce(?2, title), body = coalesce(?3, body), path = coalesce(?4, path), tags = coalesce(?5, tags),
      updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
      embedding = CASE WHEN ?2 IS NULL AND ?3 IS NULL THEN embedding END
    WHERE id = ?1 RETURNING *]],
    id, title or absent, body or absent, path or absent, tags and encode_tags(tags) or absent))[1]
end

--- Removes a note; false if there is none.
function notes.remove(id)
  return #query("DELETE FROM notes WHERE id = ? RETURNING id", id) == 1
end

--- Notes by their ids.
function notes.get(ids)
  local found = {}
  local rows = query("SELECT * FROM notes WHERE id IN (SELECT value FROM json_each(?))", encode(vulcan.json.array(ids)))
  for _, note in ipairs(read(rows)) do found[note.id] = note end
  return found
end

-- True for notes that have all tags of the JSON array ?1.
local has_tags = [[
  NOT EXISTS (SELECT 1 FROM json_each(?1) wanted
              WHERE wanted.value NOT IN (SELECT value FROM json_each(notes.tags)))]]

--- Some notes that have all these tags, the latest first, and how many there are in all.
function notes.list(tags, limit, offset)
  local total = query("SELECT count(*) AS n FROM notes WHERE" .. has_tags, encode_tags(tags))[1].n
  local rows = query(
    "SELECT * FROM notes WHERE" .. has_tags .. " ORDER BY updated_at DESC, id DESC LIMIT ?2 OFFSET ?3",
    encode_tags(tags), limit, offset)
  return read(rows), total
end

--- Tags with the numbers of their notes, the most frequent first.
function notes.tags(limit)
  return query([[
    SELECT tag.value AS name, count(*) AS n FROM notes, json_each(notes.tags) tag
    GROUP BY tag.value ORDER BY n DESC, name LIMIT ?]], limit)
end

-- Full text -----------------------------------------------------------------------------------------------------------

--- Notes that have words of the text, best first: ids, and a piece of each with the words between `<mark>` and `</mark>`.
function notes.search(text, limit)
  local found = sqlite.search_fts({ index_name = "notes_text", query = text, tokenizer_mode = "jieba", limit = limit })
  local hits = {}
  for i, hit in ipairs(found.hits) do hits[i] = { id = tonumber(hit.id), piece = hit.content_snippet } end
  return hits
end

--- Fills the full-text index anew.
function notes.index_again()
  sqlite.execute_script({ sql = [[
    BEGIN IMMEDIATE;
    DELETE FROM notes_text;
    INSERT INTO notes_text (rowid, id, file_path, title, content)
    SELECT id, CAST(id AS TEXT), path, title, body FROM notes;
    COMMIT;
  ]] })
end

-- What is known about vectors -----------------------------------------------------------------------------------------

--- How many notes there are, and how many of them have a vector of this embedding.
function notes.count(embedding)
  return query([[
    SELECT count(*) AS total, count(CASE WHEN embedding = ? THEN 1 END) AS embedded FROM notes]], embedding)[1]
end

--- Some notes without a vector of this embedding, in the order of their ids, after the one with this id.
function notes.without_vector(embedding, after, limit)
  return read(query(
    "SELECT * FROM notes WHERE id > ? AND embedding IS NOT ? ORDER BY id LIMIT ?", after, embedding, limit))
end

--- Writes down that notes have got vectors. One that was changed meanwhile has none of its new text.
function notes.mark(list, embedding)
  local items = {}
  for i, note in ipairs(list) do items[i] = { embedding, note.id, note.updated_at } end
  sqlite.execute_batch({ sql = "UPDATE notes SET embedding = ? WHERE id = ? AND updated_at = ?", items = items })
end

--- What makes the vectors; nil before there are any.
function notes.embedding()
  local row = query("SELECT value FROM settings WHERE name = 'embedding'")[1]
  return row and row.value
end

--- Sets what makes the vectors, unless that is decided already. Returns what is decided then.
function notes.decide_embedding(embedding)
  query("INSERT INTO settings VALUES ('embedding', ?) ON CONFLICT DO NOTHING", embedding)
  return notes.embedding()
end

--- Sets what makes the vectors from now on.
function notes.replace_embedding(embedding)
  query("INSERT INTO settings VALUES ('embedding', ?) ON CONFLICT DO UPDATE SET value = excluded.value", embedding)
  query("UPDATE notes SET embedding = NULL")
end

return notes
