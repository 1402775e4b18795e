-- Fixtures are copies: a test may change them.

local project

before_all(function()
  project = fixture("project")
end)

-- The answer without the folder, which differs from run to run.
local function find(args)
  args.path = project
  local text = skill.call("find", args)
  return (text:gsub(project:gsub("%p", "%%%0") .. "[/\\]", ""):gsub("\\", "/"))
end

describe("find", function()
  it("gives path, number and text of lines, in order", function()
    expect(find({ text = "ilk" })):to_equal(table.concat({
      "notes/shopping.txt:1: Milk and bread.",
      "notes/shopping.txt:2: Call Bob about the milk.",
      "readme.md:3: Milk is the code name.",
    }, "\n"))
  end)

  it("takes the text as it is, unless case is to be ignored", function()
    expect(find({ text = "milk" })):to_equal("notes/shopping.txt:2: Call Bob about the milk.")
    expect(find({ text = "milk", ignore_case = true })):to_contain("readme.md:3")
  end)

  it("looks into files of the given kinds only", function()
    expect(find({ text = "Milk", extensions = { "md" } })):to_equal("readme.md:3: Milk is the code name.")
  end)

  it("stops at the limit and says what is left", function()
    local text = find({ text = "ilk", limit = 1 })
    expect(text):to_contain("shopping.txt:1")
    expect(text):to_contain("2 more")
    expect(text).never:to_contain("readme.md")
  end)

  it("leaves hidden files and what is no text alone", function()
    vulcan.fs.write(vulcan.path.join(project, ".hidden"), "Secret milk")
    vulcan.fs.write_bytes(vulcan.path.join(project, "binary.bin"), "/26/")
    expect(find({ text = "Secret" })):to_contain("No match")
  end)

  it("says what is wrong with its arguments", function()
    expect(skill.call("find", { path = "/no/such/folder", text = "x" })):to_contain("path must be")
    expect(skill.call("find", { path = project, text = "" })):to_contain("text must be")
  end)

  it("lets a host show a long answer page by page", function()
    local _, result = skill.call("find", { path = project, text = "milk" })
    expect(result.overflow_mode):to_equal("page")
  end)
end)

describe("read", function()
  it("numbers the lines, and says how to go on", function()
    local file = vulcan.path.join(temp_dir(), "long.txt")
    vulcan.fs.write(file, "one\ntwo\nthree\n")
    expect(skill.call("read", { path = file, from = 2, count = 1 })):to_equal(
      "2: two\nThe file has 3 lines; go on with from = 3."
    )
    expect(skill.call("read", { path = file, from = 3 })):to_equal("3: three")
    expect(skill.call("read", { path = file, from = 4 })):to_contain("the file has 3 lines")
  end)
end)
