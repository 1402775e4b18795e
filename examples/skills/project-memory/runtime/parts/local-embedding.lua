-- An embedding without a model: texts that share words, pieces of words or Chinese characters get vectors that lie close
-- together. A text has the same vector on every machine.

local bxor = bit.bxor

local embedding = { name = "local-1", dimensions = 512 }
local places = 4  -- of a feature in the vector

-- Words that say nothing about a subject.
local ignored = {}
for word in ([[
  a an and are as at be been but by can could did do does for from had has have how i if in into is it its me my no not of on
  or our should so than that the their them then there these they this to us was we were what when where which who why will
  with would you your
]]):gmatch("%a+") do
  ignored[word] = true
end

-- FNV-1a. Its multiplication by 2^24 + 403 is done in two parts, which stay exact in doubles.
local function hash(text)
  local h = 2166136261
  for i = 1, #text do
    h = bxor(h, text:byte(i)) % 2 ^ 32
    h = (h * 403 + h % 256 * 2 ^ 24) % 2 ^ 32
  end
  return h
end

-- ASCII punctuation and blanks, and the blocks of general, Chinese and full-width punctuation.
local function is_separator(char)
  return char:find("^[%z\1-/:-@%[-`{-\127]") or char:find("^\226\128")
    or char:find("^\227\128") or char:find("^\239[\188\189]")
end

-- Characters of three and four bytes (Chinese, Japanese, Korean, emoji) stand for themselves.
local function is_symbol(char)
  return #char >= 3
end

-- What a text is described by, with weights: words, their beginnings and pieces of them, symbols and pairs of them.
local function features_of(text)
  local list, weights, seen = {}, {}, {}

  local function add(feature, weight)
    if not seen[feature] then
      list[#list + 1] = feature
      weights[feature] = weight
    end
    seen[feature] = (seen[feature] or 0) + 1
  end

  local word = {}
  local function end_word()
    local text = table.concat(word)
    if #word > 0 and not ignored[text] then
      add("word " .. text, 1)
      if #word >= 5 then add("start " .. table.concat(word, "", 1, 5), 0.8) end  -- deploy, deploys, deployment
      local framed = { "^", unpack(word) }
      framed[#framed + 1] = "$"
      for i = 1, #framed - 2 do add("piece " .. table.concat(framed, "", i, i + 2), 0.3) end
    end
    word = {}
  end

  local previous
  for char in text:lower():gmatch("[%z\1-\127\194-\244][\128-\191]*") do
    if is_separator(char) or is_symbol(char) then end_word() end
    if is_separator(char) then
      previous = nil
    elseif is_symbol(char) then
      add("symbol " .. char, 0.3)
      if previous then add("pair " .. previous .. char, 0.6) end
      previous = char
    else
      word[#word + 1] = char
      if #word == 64 then end_word() end  -- nobody writes such words; data in texts may look like one
      previous = nil
    end
  end
  end_word()
  return list, weights, seen
end

--- The vector of a text, of any length. The first of several lines counts twice: it is a title.
function embedding.of(text)
  local title = text:match("^(.-)\n")
  if title then text = title .. "\n" .. text end
  local vector = {}
  for i = 1, embedding.dimensions do vector[i] = 0 end
  local list, weights, seen = features_of(text)
  for _, feature in ipairs(list) do
    local weight = weights[feature] * (1 + math.log(seen[feature]))
    -- A feature has several places, so that two which share one by chance do not look alike. Their highest bits say where
    -- and with which sign.
    local h = hash(feature)
    for _ = 1, places do
      h = (h * 1664525 + 1013904223) % 2 ^ 32
      local at = math.floor(h / 2 ^ 32 * embedding.dimensions) + 1
      local sign = math.floor(h / 2 ^ 16) % 2 == 0 and 1 or -1
      vector[at] = vector[at] + sign * weight
    end
  end
  return vector
end

return embedding
