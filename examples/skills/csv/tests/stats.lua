-- The lines of an answer by the column that they are about.
local function rows(text)
  local found = {}
  for name, rest in text:gmatch("(%S+) ([^\n]*)") do
    found[name] = found[name] or rest
  end
  return found
end

describe("stats", function()
  it("knows the type of every column, and what its cells come to", function()
    local text = skill.call("stats", { path = fixture("people.csv") })
    expect(text):to_contain("people.csv: 3 rows, 3 columns, separated by comma")
    expect(rows(text).name):to_contain("text")
    expect(rows(text).age):to_match("integer.*60%.5")
    expect(rows(text).joined):to_match("date.*2023%-01%-02.*2024%-03%-01")
  end)

  it("takes quoted cells as one", function()
    expect(skill.call("stats", { path = fixture("people.csv") })):to_contain("Smith, Bob (1)")
  end)

  it("reads tables without a header", function()
    local file = vulcan.path.join(temp_dir(), "plain.txt")
    vulcan.fs.write(file, "1\t2\n3\t4\n")
    local text = skill.call("stats", { path = file, header = false, delimiter = "tab" })
    expect(text):to_contain("2 rows, 2 columns")
    expect(text):to_contain("column 1")
  end)

  it("says what is wrong with its arguments", function()
    expect(skill.call("stats", {})):to_match("^error: .*path")
  end)
end)
