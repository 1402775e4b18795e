/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// The page of the studio in a real browser, used as people use it: by what is written on it, by keyboard, on small screens.
// STUDIO_PICTURES=1 makes the pictures of docs/studio.md on the way.

import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { manifest, repository, writeSkill } from "../skills/skill-tree.js";
import { launchBrowser, newPage, openStudio, type PageOptions, takePicture } from "./browser.js";
import { planner } from "./planner.js";
import { startStudio } from "./studio-client.js";

let browser: Browser;

before(async () => {
  browser = await launchBrowser();
});

after(() => browser.close());

const skills = { planner };

async function open(t: TestContext, options: PageOptions = {}) {
  const page = await newPage(t, browser, options);
  const studio = await startStudio(t, skills);
  await openStudio(page, studio);
  return { ...studio, page };
}

async function goTo(page: Page, entry: string): Promise<void> {
  await page
    .getByRole("navigation", { name: "Skills and entries" })
    .getByText(entry, { exact: true })
    .click();
  await page.getByRole("heading", { name: `planner-${entry}` }).waitFor();
}

function run(page: Page): Promise<void> {
  return page.getByRole("button", { name: "Run" }).click();
}

/** The part of the page that shows what became of a call. */
function resultOf(page: Page) {
  return page.getByRole("region", { name: "Result" });
}

function callsOf(page: Page) {
  return page.getByRole("region", { name: "Calls" });
}

test("the link opens the page, and its address keeps nothing of the token", async t => {
  const { page, origin, token } = await open(t);
  assert.equal(page.url(), `${origin}/`);
  assert.equal((await page.content()).includes(token), false);
  await page.reload();
  await page.getByText("live", { exact: true }).waitFor();
});

test("in a second browser the link is refused, with a word of help", async t => {
  const page = await newPage(t, browser, { expectedErrors: /status of 401/ });
  const { studio } = await open(t);
  const response = await page.goto(studio.url);
  assert.equal(response?.status(), 401);
  await page.getByText("It works once, in one browser").waitFor();
});

test("skills and entries are found by name and by what they do, with the keyboard alone", async t => {
  const { page } = await open(t);
  await page.keyboard.press("/");
  await page.keyboard.type("several stops");
  const entries = page.locator(".skills .entry");
  await page.waitForFunction(() => document.querySelectorAll(".skills .entry").length === 1);
  assert.deepEqual(await entries.allTextContents(), ["plan"]);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "planner-plan" }).waitFor();
  assert.equal(await entries.first().getAttribute("aria-current"), "page");
});

test("what was loaded, failed and skipped is told with its reasons", async t => {
  const page = await newPage(t, browser);
  const studio = await startStudio(t, skills);
  const { root, engine } = studio;
  writeSkill(root, "broken", "return function( x y");
  writeSkill(root, "resting", { "skill.yaml": "name: Resting\nversion: 1.0.0\nenable: false\n" });
  await engine.reload();
  await openStudio(page, studio);
  await page.getByText("1 failed to load").click();
  const main = page.getByRole("main");
  await main.getByText("broken/runtime/run.lua:1:").waitFor();
  await main.getByText("disabled in skill.yaml").waitFor();
  await main.getByRole("row", { name: "Planner 1.2.0 ROOT book, dream, plan" }).waitFor();
  const left = page.getByRole("list", { name: "Skills that were not loaded" });
  assert.deepEqual(await left.getByRole("listitem").allTextContents(), ["broken failed", "resting skipped"]);
});

test("help is shown as a document, in which HTML is text and links go to the web only", async t => {
  const { page } = await open(t);
  await page.getByRole("link", { name: "Planner 1.2.0" }).click();
  const help = page.locator(".markdown");
  await help.getByRole("heading", { name: "Planner" }).waitFor();
  assert.deepEqual(await help.locator("strong").allTextContents(), ["itinerary"]);
  assert.equal(await help.getByText("See the manual & plan").count(), 1);
  assert.equal(await help.locator("script, img, iframe").count(), 0);
  assert.equal(await help.getByText("<script>").count(), 1);
  assert.equal(await help.getByText("[image: a map]").count(), 1);
  const links = await help
    .getByRole("link")
    .evaluateAll(found =>
      found.map(link => [link.getAttribute("href"), link.getAttribute("target"), link.getAttribute("rel")]),
    );
  assert.deepEqual(links, [["https://example.org/manual", "_blank", "noreferrer noopener"]]);
  assert.equal(await page.title(), "luaskills studio");
});

test("help pages of other topics are a step away, those that Lua writes too", async t => {
  const { page } = await open(t);
  await page.getByRole("link", { name: "Planner 1.2.0" }).click();
  await page.getByRole("navigation", { name: "Help pages" }).getByText("pace").click();
  await page.locator(".markdown").getByRole("heading", { name: "Pace" }).waitFor();
  assert.deepEqual(await page.locator(".markdown em").allTextContents(), ["slowly"]);
});

async function planTrip(page: Page): Promise<void> {
  await goTo(page, "plan");
  await page.getByLabel("title").fill("Autumn on the coast");
  await page.getByLabel("pace").selectOption("slow");
  await page.getByLabel("budget").fill("1250.5");
  await page.getByLabel("returns").selectOption("true");
  await page.getByRole("button", { name: "Add traveller" }).click();
  await page.getByLabel("name").fill("Ada");
  await page.getByRole("button", { name: "Add an item to stops" }).click();
  await page.getByRole("button", { name: "Add an item to stops" }).click();
  await page.getByLabel("place").nth(0).fill("Porto");
  await page.getByLabel("nights").nth(0).fill("3");
  await page.getByLabel("place").nth(1).fill("Nazaré");
}

const trip = {
  title: "Autumn on the coast",
  pace: "slow",
  budget: 1250.5,
  returns: true,
  traveller: { name: "Ada" },
  stops: [{ place: "Porto", nights: 3 }, { place: "Nazaré" }],
};

test("the form made from the schema runs the entry and shows text, labels and host result", async t => {
  const { page } = await open(t, { height: 860 });
  await planTrip(page);
  await page.getByRole("main").evaluate(pane => pane.scrollTo(0, 0));
  await takePicture(page, "form");
  await run(page);
  const result = resultOf(page);
  await result.getByText("done").waitFor();
  await result.getByText("| Porto | 3 |").waitFor();
  for (const label of ["overflow: page", "template: itinerary", "6 lines"]) {
    assert.equal(await result.getByText(label).count(), 1, label);
  }
  await result.getByText("Host result trip").waitFor();
  assert.deepEqual(JSON.parse((await result.locator("details pre").textContent()) ?? ""), trip);
  await result.getByRole("button", { name: "Markdown" }).click();
  await result.getByRole("cell", { name: "Nazaré" }).waitFor();
  for (let calls = 1; calls < 24; calls++) await run(page);
  await page.getByText("last 24", { exact: true }).waitFor();
  await takePicture(page, "result");
});

test("what is typed while a call starts stays", async t => {
  const { page } = await open(t);
  await planTrip(page);
  let letThrough = () => {};
  const typed = new Promise<void>(resolve => {
    letThrough = resolve;
  });
  await page.route("**/api/calls", async route => {
    await typed;
    await route.continue();
  });
  await run(page);
  await page.getByLabel("title").fill("Winter in the hills");
  letThrough();
  await resultOf(page).getByText("# Autumn on the coast").waitFor();
  assert.equal(await page.getByLabel("title").inputValue(), "Winter in the hills");
});

test("items of lists and objects that are not required can be taken out again", async t => {
  const { page } = await open(t);
  await planTrip(page);
  await page.getByRole("button", { name: "Remove stops 1" }).click();
  await page.getByRole("button", { name: "Remove traveller" }).click();
  await page.getByLabel("pace").selectOption("not given");
  await run(page);
  const { traveller: _, pace: __, ...rest } = trip;
  const details = resultOf(page).locator("details pre");
  await details.waitFor();
  assert.deepEqual(JSON.parse((await details.textContent()) ?? ""), {
    ...rest,
    stops: [{ place: "Nazaré" }],
  });
});

test("arguments can be written as JSON and go back into the form", async t => {
  const { page } = await open(t);
  await goTo(page, "plan");
  await page.getByRole("button", { name: "JSON", exact: true }).click();
  const text = page.getByLabel("Arguments as JSON");
  await text.fill("{ no JSON");
  assert.ok(await page.getByRole("button", { name: "Form" }).isDisabled());
  await run(page);
  await page.getByText("is not JSON").first().waitFor();
  await text.fill(JSON.stringify({ ...trip, unheard: 1 }));
  assert.ok(await page.getByRole("button", { name: "Form" }).isDisabled());
  await text.fill(JSON.stringify(trip));
  await page.getByRole("button", { name: "Form" }).click();
  assert.equal(await page.getByLabel("place").nth(1).inputValue(), "Nazaré");
  await run(page);
  await resultOf(page).getByText("| Nazaré | 1 |").waitFor();
});

test("wrong arguments are told at their fields, and the first of them is where typing goes on", async t => {
  const { page } = await open(t);
  await goTo(page, "plan");
  await page.getByLabel("budget").fill("9000");
  await page.getByRole("button", { name: "Add an item to stops" }).click();
  await page.getByLabel("nights").fill("0");
  await run(page);
  await resultOf(page).getByText("SKILL_ARGUMENTS").waitFor();
  const problems = page.locator(".field-problem");
  assert.deepEqual(await problems.allTextContents(), [
    "is missing",
    "must be <= 5000",
    "is missing",
    "must be >= 1",
  ]);
  const title = page.getByLabel("title");
  assert.equal(await title.getAttribute("aria-invalid"), "true");
  assert.equal(await title.evaluate(element => element === document.activeElement), true);
  const described = (await title.getAttribute("aria-describedby")) ?? "";
  const texts = await Promise.all(described.split(" ").map(id => page.locator(`[id="${id}"]`).textContent()));
  assert.deepEqual(texts, ["What the trip is called.", "is missing"]);
  assert.deepEqual(await resultOf(page).locator("li").allTextContents(), [
    "title is missing",
    "budget must be <= 5000",
    "stops › 0 › place is missing",
    "stops › 0 › nights must be >= 1",
  ]);
});

test("what is no number is told before anything is sent", async t => {
  const { page, engine } = await open(t);
  await goTo(page, "plan");
  await page.getByLabel("budget").fill("a lot");
  await run(page);
  await page.getByRole("alert").getByText("budget must be a number").waitFor();
  assert.equal(await page.locator("[aria-invalid=true]").count(), 1);
  const { calls } = engine.stats();
  assert.deepEqual([calls.completed, calls.failed], [0, 0]);
});

test("an entry that fails shows code, message and Lua traceback", async t => {
  const { page } = await open(t);
  await goTo(page, "book");
  await run(page);
  const result = resultOf(page);
  await result.getByText("LUA_RUNTIME").waitFor();
  assert.match(
    (await result.locator(".failure > pre").textContent()) ?? "",
    /book\.lua:2: there is no itinerary/,
  );
  const traceback = (await result.locator("details pre").textContent()) ?? "";
  assert.match(traceback, /in function 'require_itinerary'/);
  assert.match(traceback, /book\.lua:7/);
});

test("a call that never ends is seen running, and Abort ends it", async t => {
  const { page } = await open(t, { colorScheme: "dark" });
  await planTrip(page);
  for (let calls = 0; calls < 16; calls++) await run(page);
  await callsOf(page).getByText("done").nth(15).waitFor();
  await goTo(page, "dream");
  await run(page);
  await callsOf(page).getByText("1 running").waitFor();
  await page.getByRole("log").getByText("dreaming").waitFor();
  await page.getByRole("img", { name: /Now 1 busy/ }).waitFor();
  await goTo(page, "book");
  await run(page);
  await resultOf(page).getByText("Lua traceback").waitFor();
  await takePicture(page, "failure");
  await goTo(page, "dream");
  await resultOf(page).getByText("running").waitFor();
  await resultOf(page)
    .getByRole("button", { name: /^Abort call \d+ of planner-dream$/ })
    .click();
  await resultOf(page).getByText("LUA_ABORTED").waitFor();
  await callsOf(page).getByText("aborted").waitFor();
  assert.equal(await callsOf(page).getByText("1 running").count(), 0);
});

test("calls can be aborted from the list of calls, and end by their time limit", async t => {
  const { page } = await open(t);
  await goTo(page, "dream");
  await run(page);
  await callsOf(page).getByRole("button", { name: "Abort call 1 of planner-dream" }).click();
  await callsOf(page).getByText("aborted").waitFor();
  await page.getByLabel("Time limit").fill("0.05");
  await run(page);
  await resultOf(page).getByText("LUA_TIMEOUT").waitFor();
  await page.getByLabel("Time limit").fill("soon");
  await run(page);
  await page.getByRole("alert").getByText("must be a number of seconds").waitFor();
});

test("the log shows what skills say while they run, and can be filtered and cleared", async t => {
  const { page, engine } = await open(t);
  await goTo(page, "dream");
  await run(page);
  const log = page.getByRole("log");
  await log.getByText("dreaming").waitFor();
  await resultOf(page).getByText("running").waitFor();
  void engine.runLua("vulcan.runtime.log('warn', 'careful now')");
  await log.getByText("careful now").waitFor();
  await page.getByLabel("Filter the log").fill("CAREFUL");
  assert.equal(await log.getByRole("listitem").count(), 1);
  await page.getByLabel("Filter the log").fill("");
  await page.getByLabel("Least level of the log").selectOption("warn");
  assert.equal(await log.getByText("dreaming").count(), 0);
  await page.getByRole("button", { name: "Clear" }).click();
  assert.equal(await log.getByRole("listitem").count(), 0);
});

test("the charts show the VMs of the pool and how long calls took, and say it in words", async t => {
  const { page } = await open(t);
  await page.getByRole("img", { name: "No call has ended yet" }).waitFor();
  await goTo(page, "book");
  for (let calls = 1; calls <= 3; calls++) {
    await run(page);
    await page
      .getByRole("img", { name: new RegExp(`Duration of the last ${calls} calls: median .*s`) })
      .waitFor();
  }
  const latency = page.getByRole("region", { name: "Latency" });
  assert.equal(await latency.locator("circle.failed").count(), 3);
  await goTo(page, "dream");
  await run(page);
  const pool = page.getByRole("region", { name: "Pool of VMs" });
  await pool.getByRole("img", { name: /Now 1 busy, \d+ idle, 0 calls waiting/ }).waitFor();
  await pool.getByText("1 busy").waitFor();
  const before = await pool.locator("path.leased").getAttribute("d");
  await page.waitForFunction(
    known => document.querySelector("path.leased")?.getAttribute("d") !== known,
    before,
  );
});

test("a reload takes up a changed skill at once, and what was typed stays", async t => {
  const { page, root } = await open(t);
  await planTrip(page);
  const file = join(root, "planner/skill.yaml");
  const changed = readFileSync(file, "utf8")
    .replace("        returns:", "        luggage: { type: integer }\n        returns:")
    .replace("1.2.0", "1.3.0");
  writeFileSync(file, changed);
  cpSync(join(repository, "examples/skills/csv"), join(root, "csv"), { recursive: true });
  writeSkill(root, "unfinished", {
    "skill.yaml": manifest(),
    "runtime/run.lua": "return function(args) retrun args end",
  });
  await page.getByRole("button", { name: "Reload" }).click();
  await page.getByText("Skills have changed: added csv-stats; changed planner-plan").waitFor();
  await page.getByLabel("luggage").waitFor();
  assert.equal(await page.getByLabel("title").inputValue(), "Autumn on the coast");
  assert.equal(await page.getByLabel("place").nth(1).inputValue(), "Nazaré");
  const list = page.getByRole("navigation", { name: "Skills and entries" });
  assert.equal(await list.getByRole("link", { name: "plan changed" }).count(), 1);
  assert.equal(await list.getByRole("link", { name: "stats new" }).count(), 1);
  await page.getByText("1 failed to load").click();
  await page.getByRole("main").getByText("unfinished/runtime/run.lua:1:").waitFor();
  await takePicture(page, "reload");
  await page.getByRole("button", { name: "Dismiss this notice" }).click();
  assert.equal(await list.getByText("changed").count(), 0);
});

test("a skill that is gone is gone from the page", async t => {
  const { page, root, engine } = await open(t);
  await goTo(page, "plan");
  writeFileSync(join(root, "planner/skill.yaml"), "name: Planner\nversion: 1.2.0\nenable: false\n");
  await engine.reload();
  await page.getByText("There is no entry planner-plan now.").waitFor();
  await page.getByText("No skills are loaded.").waitFor();
});

test("an earlier call is shown again, and its arguments can be used again", async t => {
  const { page } = await open(t);
  await planTrip(page);
  await run(page);
  await resultOf(page).getByText("done").waitFor();
  await page.getByLabel("title").fill("Another");
  await callsOf(page).getByRole("link", { name: "1 planner-plan" }).click();
  await page.getByRole("heading", { name: "Call 1 of planner-plan" }).waitFor();
  await resultOf(page).getByText("| Porto | 3 |").waitFor();
  await page.getByRole("link", { name: "Use these again" }).click();
  assert.equal(await page.getByLabel("title").inputValue(), "Autumn on the coast");
  assert.equal(await page.getByLabel("budget").inputValue(), "1250.5");
});

test("Ctrl+Enter runs the entry from any field, and the result can be downloaded", async t => {
  const { page } = await open(t);
  await planTrip(page);
  await page.getByLabel("title").press("Control+Enter");
  const result = resultOf(page);
  await result.getByText("done").waitFor();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    result.getByRole("link", { name: "Download" }).click(),
  ]);
  assert.match(readFileSync(await download.path(), "utf8"), /^# Autumn on the coast\n/);
});

test("every control has a name", async t => {
  const { page } = await open(t);
  await planTrip(page);
  await run(page);
  await resultOf(page).getByText("done").waitFor();
  const nameless = await page.locator("button, a, input, select, textarea").evaluateAll(controls =>
    controls
      .filter(control => {
        const labels = (control as HTMLInputElement).labels?.length ?? 0;
        return labels === 0 && !control.getAttribute("aria-label") && !control.textContent?.trim();
      })
      .map(control => control.outerHTML),
  );
  assert.deepEqual(nameless, []);
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`text can be read well in ${colorScheme} mode`, async t => {
    const { page } = await open(t, { colorScheme });
    await goTo(page, "book");
    await run(page);
    await resultOf(page).getByText("LUA_RUNTIME").waitFor();
    const weak = await page.evaluate(() => {
      const channels = (color: string) => (color.match(/[\d.]+/g) ?? []).map(Number);
      const luminance = (color: string) => {
        const [r = 0, g = 0, b = 0] = channels(color)
          .slice(0, 3)
          .map(value => value / 255)
          .map(value => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const ground = (element: Element | null): string => {
        if (element === null) return "rgb(255, 255, 255)";
        const { backgroundColor } = getComputedStyle(element);
        return channels(backgroundColor)[3] === 0 ? ground(element.parentElement) : backgroundColor;
      };
      const texts = [...document.querySelectorAll("#page *")].filter(element =>
        [...element.childNodes].some(node => node.nodeType === 3 && node.textContent?.trim()),
      );
      return texts.flatMap(element => {
        const style = getComputedStyle(element);
        const color = element instanceof SVGElement ? style.fill : style.color;
        const [a = 0, b = 0] = [luminance(color), luminance(ground(element))].sort((x, y) => y - x);
        const contrast = (a + 0.05) / (b + 0.05);
        return contrast < 4.5 && element.closest("title") === null
          ? [`${element.textContent?.slice(0, 30)}: ${contrast.toFixed(2)}`]
          : [];
      });
    });
    assert.deepEqual(weak, []);
    const background = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    assert.equal(background, colorScheme === "dark" ? "rgb(18, 21, 28)" : "rgb(244, 245, 248)");
  });
}

for (const width of [400, 800]) {
  test(`at ${width} pixels one pane is shown at a time, and none is wider than the screen`, async t => {
    const { page } = await open(t, { width, height: 860 });
    const panes = page.getByRole("navigation", { name: "Panes" });
    const isNarrow = async () => {
      const wide = await page.evaluate(() =>
        [...document.querySelectorAll("#page *")]
          .filter(element => element.getBoundingClientRect().right > innerWidth + 1)
          .filter(element => element.closest("pre, .scroll, .lines") === null)
          .map(element => element.outerHTML.slice(0, 100)),
      );
      assert.deepEqual(wide, []);
    };
    await isNarrow();
    await planTrip(page);
    assert.equal(await page.getByRole("searchbox", { name: "Search skills" }).isVisible(), false);
    await isNarrow();
    await run(page);
    await resultOf(page).getByText("done").waitFor();
    await isNarrow();
    await panes.getByText("Activity").click();
    assert.ok(await callsOf(page).getByText("planner-plan").isVisible());
    await isNarrow();
    await panes.getByText("View").click();
    assert.equal(await page.getByLabel("title").inputValue(), "Autumn on the coast");
    await panes.getByText("Skills").click();
    assert.ok(await page.getByRole("searchbox", { name: "Search skills" }).isVisible());
  });
}

test("when the studio ends the page says so", async t => {
  const { page, studio } = await open(t, { expectedErrors: /net::ERR/ });
  await studio.close();
  await page.getByText("not in touch, trying again").waitFor();
  assert.ok(await page.getByRole("button", { name: "Reload" }).isDisabled());
});
