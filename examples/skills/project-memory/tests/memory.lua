-- The database is empty when this file begins; its tests tell one story. Notes are found by their words in every installation,
-- and by their meaning where LanceDB is.

describe("the memory of a project", function()
  it("has no notes at first", function()
    expect(skill.call("recall", { query = "deploy" })):to_contain("No note is found.")
    expect(skill.call("status")):to_contain("0 notes in ")
  end)

  it("finds by its words what it was told to remember", function()
    skill.call("remember", { title = "Deploys", body = "We deploy on Tuesdays, never on Fridays.", tags = { "release" } })
    skill.call("remember", { title = "Logo", body = "The logo is green." })
    local text = skill.call("recall", { query = "When do we deploy?" })
    expect(text):to_contain("## 1: Deploys")
    expect(text):to_contain("found by words")
  end)

  it("lists notes by their tags", function()
    local text = skill.call("list", { tags = { "release" } })
    expect(text):to_contain("Deploys")
    expect(text).never:to_contain("Logo")
  end)

  it("forgets", function()
    skill.call("forget", { id = 1 })
    expect(skill.call("recall", { query = "deploy", tags = { "release" } })):to_contain("No note is found.")
    expect(skill.call("status")):to_contain("1 note in ")
  end)

  it("says what is wrong with its arguments", function()
    expect(skill.call("remember", { title = "Without a text" })):to_match("^error: .*body")
  end)
end)

describe("texts", function()
  -- Files of the skill can be tested by themselves.
  local embedding = dofile(vulcan.path.join(skill.dir, "runtime", "parts", "local-embedding.lua"))

  local function similarity(a, b)
    local x, y, dot, xx, yy = embedding.of(a), embedding.of(b), 0, 0, 0
    for i = 1, #x do
      dot, xx, yy = dot + x[i] * y[i], xx + x[i] * x[i], yy + y[i] * y[i]
    end
    return dot / math.sqrt(xx * yy)
  end

  it("are more alike when they are about the same", function()
    local near = similarity("deploying to production", "How we deploy to production")
    local far = similarity("deploying to production", "Coffee machine manual")
    expect(near - far):to_be_at_least(0.1)
  end)
end)
