-- project-memory-recall: notes that have the words of a query, or mean something like it.

local part

-- Notes that each search finds: more than are shown, as the other search and the tags have their say.
local candidates, candidates_with_tags = 50, 200

local function with_tags(list, tags)
  for _, tag in ipairs(tags) do
    local has = false
    for _, own in ipairs(list) do has = has or own == tag end
    if not has then return false end
  end
  return true
end

local function found_by(places)
  local ways = {}
  for _, way in ipairs({ "words", "meaning" }) do
    if places[way] then ways[#ways + 1] = way .. " (place " .. places[way] .. ")" end
  end
  return "found by " .. table.concat(ways, " and ")
end

return function(args)
  part = part or dofile(vulcan.path.join(vulcan.context.entry_dir, "parts.lua"))
  local notes, layout = part("notes"), part("layout")

  local check = part("arguments")(args)
  local query, tags, limit = check.text("query", 2000), check.tags() or {}, check.whole("limit", 1, 50, 5)
  check.need("query", query)
  check.problem = check.problem or notes.problem()
  if check.problem then return "error: " .. check.problem end

  local most = #tags > 0 and candidates_with_tags or candidates
  local by_words = notes.search(query, most)
  local ok, by_meaning = pcall(part("vectors").search, query, most)
  local merged = part("fusion")({ words = by_words, meaning = ok and by_meaning or {} })

  local ids, pieces = {}, {}
  for i, hit in ipairs(merged) do ids[i] = hit.id end
  for _, hit in ipairs(by_words) do pieces[hit.id] = hit.piece end
  local found, out = notes.get(ids), {}
  for _, hit in ipairs(merged) do
    local note = found[hit.id]  -- a vector may have outlived its note
    if note and #out < limit and with_tags(note.tags, tags) then
      local piece = pieces[note.id] and pieces[note.id]:gsub("</?mark>", "**") or note.body
      out[#out + 1] = ("## %d: %s\n%s; %s\n\n%s\n"):format(
        note.id, note.title, layout.facts(note), found_by(hit.places), layout.summary(piece))
    end
  end
  table.insert(out, 1, #out == 0 and "No note is found." or layout.plural(#out, "note") .. ", best first\n")
  if not ok then out[#out + 1] = "Looked for words only: " .. by_meaning end
  return table.concat(out, "\n")
end
