// A skill that has something of everything the studio shows.

import type { SkillFiles } from "../skills/skill-tree.js";

export const planner = {
  "skill.yaml": `name: Planner
version: 1.2.0
help:
  main: { file: help/main.md, description: What the planner does. }
  topics:
    - { name: pace, file: help/pace.lua, description: How fast to go. }
entries:
  - name: plan
    description: Plan a trip over several stops.
    lua_entry: runtime/plan.lua
    lua_module: planner_plan
    input_schema:
      type: object
      required: [title, stops]
      properties:
        title: { type: string, description: What the trip is called. }
        pace: { enum: [slow, steady, fast], default: steady }
        budget: { type: number, minimum: 0, maximum: 5000, description: In euros. }
        returns: { type: boolean, description: Whether it ends where it began. }
        traveller:
          type: object
          required: [name]
          properties:
            name: { type: string }
            age: { type: integer, minimum: 0 }
        stops:
          type: array
          minItems: 1
          items:
            type: object
            required: [place]
            properties:
              place: { type: string }
              nights: { type: integer, minimum: 1, maximum: 30 }
        extras: { description: Anything else. }
  - name: book
    description: Fails for want of an itinerary.
    lua_entry: runtime/book.lua
    lua_module: planner_book
  - name: dream
    description: Never ends.
    lua_entry: runtime/dream.lua
    lua_module: planner_dream
`,
  "help/main.md": `# Planner

Plans trips over several stops. See [the manual](https://example.org/manual) &amp; \`plan\`.

| Entry | What it does |
|---|---|
| \`plan\` | makes an **itinerary** |

- [x] stops
- [ ] trains

<script>document.title = "taken over"</script>

<img src="https://example.org/pixel.png" onerror="document.title = 'taken over'"> [press](javascript:alert(1))
![a map](https://example.org/map.png)
`,
  "help/pace.lua": "return function() return '## Pace\\n\\nGo *slowly*.' end",
  "runtime/plan.lua": `return function(args)
  print("planning " .. args.title)
  local lines = { "# " .. args.title, "", "| Stop | Nights |", "|---|---|" }
  for _, stop in ipairs(args.stops) do
    lines[#lines + 1] = ("| %s | %d |"):format(stop.place, stop.nights or 1)
  end
  return table.concat(lines, "\\n"), "page", "itinerary", { kind = "trip", payload = args }
end`,
  "runtime/book.lua": `local function require_itinerary(args)
  if args.itinerary == nil then error("there is no itinerary") end
  return args.itinerary
end

return function(args)
  local itinerary = require_itinerary(args)
  return "booked " .. itinerary
end`,
  "runtime/dream.lua": "return function() print('dreaming') while true do end end",
} satisfies SkillFiles;
