-- Tests have a database of their own, which is empty when this file begins.

describe("tasks", function()
  before_each(function()
    -- The first call makes the table.
    skill.call("list")
    vulcan.sqlite.execute_script({ sql = "DELETE FROM tasks" })
  end)

  it("are listed once they are added, open ones first", function()
    expect(skill.call("list")):to_equal("No tasks.")
    expect(skill.call("add", { title = "Buy milk" })):to_equal("Added task 1.")
    skill.call("add", { title = "Call Bob" })
    expect(skill.call("done", { id = 1 })):to_equal("Done: Buy milk")
    expect(skill.call("list")):to_equal("2. [ ] Call Bob\n1. [x] Buy milk")
  end)

  it("are found by a part of their title", function()
    skill.call("add", { title = "Buy milk" })
    skill.call("add", { title = "Call Bob" })
    expect(skill.call("list", { search = "MILK" })):to_equal("1. [ ] Buy milk")
  end)

  it("may be shown page by page", function()
    skill.call("add", { title = "Buy milk" })
    local _, result = skill.call("list")
    expect(result.overflow_mode):to_equal("page")
  end)

  it("are kept in the database of the skill", function()
    skill.call("add", { title = "it's 100% ? \"quoted\"" })
    local rows = vulcan.sqlite.query_json({ sql = "SELECT title FROM tasks" }).rows
    expect(rows):to_equal({ { title = "it's 100% ? \"quoted\"" } })
  end)

  it("say what is wrong with arguments", function()
    expect(skill.call("add", { title = " " })):to_contain("title must say")
    expect(skill.call("done", { id = 7 })):to_equal("error: there is no task 7")
  end)
end)
