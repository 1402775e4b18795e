-- project-memory-status: what there is, where it lies, and how it is found.

local part

local function by_meaning(notes, counts, decided)
  local status, now = vulcan.lancedb.status(), part("embedding").name()
  if not status.enabled then return "off (" .. status.reason .. ")" end
  local text = ("%s, %d of %d notes, in %s"):format(decided or now, counts.embedded, counts.total, status.database_path)
  if decided and decided:match("^(.*)/") ~= now then
    text = text .. "\nTexts are embedded by " .. now .. " now: call project-memory-reindex"
  elseif counts.embedded < counts.total then
    text = text .. "\nSome notes are found by their words only: call project-memory-reindex"
  end
  return text
end

return function()
  part = part or dofile(vulcan.path.join(vulcan.context.entry_dir, "parts.lua"))
  local notes, layout = part("notes"), part("layout")
  local problem = notes.problem()
  if problem then return "error: " .. problem end

  local decided = notes.embedding()
  local counts, tags = notes.count(decided or ""), {}
  for i, tag in ipairs(notes.tags(20)) do tags[i] = ("%s (%d)"):format(tag.name, tag.n) end
  return table.concat({
    layout.plural(counts.total, "note") .. " in " .. vulcan.sqlite.status().database_path,
    "Frequent tags: " .. (#tags > 0 and table.concat(tags, ", ") or "none"),
    "Search by words: on",
    "Search by meaning: " .. by_meaning(notes, counts, decided),
  }, "\n")
end
