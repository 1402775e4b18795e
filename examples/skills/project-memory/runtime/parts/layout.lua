-- How notes are shown.

local layout = {}

function layout.plural(n, word)
  return n .. " " .. word .. (n == 1 and "" or "s")
end

--- The start of a text, at most that many bytes, cut between characters.
function layout.start_of(text, bytes)
  if #text <= bytes then return text end
  local last = bytes
  while last > 0 and text:byte(last + 1) >= 128 and text:byte(last + 1) < 192 do last = last - 1 end
  return text:sub(1, last)
end

--- The start of a text in one line.
function layout.summary(text)
  local line = text:gsub("%s+", " ")
  local start = layout.start_of(line, 160)
  return start .. (#start < #line and "…" or "")
end

--- What is known about a note beside its text, in one line.
function layout.facts(note)
  local facts = {}
  if #note.tags > 0 then facts[1] = "tags: " .. table.concat(note.tags, ", ") end
  if note.path ~= "" then facts[#facts + 1] = "path: " .. note.path end
  facts[#facts + 1] = "changed " .. note.updated_at:sub(1, 10)
  return table.concat(facts, "; ")
end

return layout
