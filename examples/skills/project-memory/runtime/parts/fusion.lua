-- Reciprocal rank fusion: merges lists of hits that were ranked by scores which cannot be compared.

local damping = 60  -- the usual constant: how much less the first places count than they would by themselves

--- Merges lists, each best first, of hits with an `id`.
---@param lists table<string, { id: integer }[]>
---@return { id: integer, score: number, places: table<string, integer> }[] best first
return function(lists)
  local merged, by_id = {}, {}
  for name, hits in pairs(lists) do
    for place, hit in ipairs(hits) do
      local entry = by_id[hit.id]
      if not entry then
        entry = { id = hit.id, score = 0, places = {} }
        by_id[hit.id], merged[#merged + 1] = entry, entry
      end
      entry.score = entry.score + 1 / (damping + place)
      entry.places[name] = place
    end
  end
  table.sort(merged, function(a, b)
    if a.score ~= b.score then return a.score > b.score end
    return a.id > b.id
  end)
  return merged
end
