-- The table of tasks. The database belongs to this skill alone; it is made by the first statement.
local tasks = {}

local created = false

local function query(sql, ...)
  if not created then
    vulcan.sqlite.execute_script({
      sql = [[
        CREATE TABLE IF NOT EXISTS tasks (
          id INTEGER PRIMARY KEY,
          title TEXT NOT NULL,
          done INTEGER NOT NULL DEFAULT 0
        )
      ]],
    })
    created = true
  end
  return vulcan.sqlite.query_json({ sql = sql, params = { ... } }).rows
end

---@return integer id
function tasks.add(title)
  return query("INSERT INTO tasks (title) VALUES (?) RETURNING id", title)[1].id
end

---@return string|nil title nil when there is no such task
function tasks.finish(id)
  local row = query("UPDATE tasks SET done = 1 WHERE id = ? RETURNING title", id)[1]
  return row and row.title
end

---@param search string "" finds all
---@return { id: integer, title: string, done: integer }[]
function tasks.find(search)
  return query("SELECT id, title, done FROM tasks WHERE instr(lower(title), lower(?)) > 0 ORDER BY done, id", search)
end

return tasks
