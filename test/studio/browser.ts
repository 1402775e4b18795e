// A real browser, and pages of the studio in it.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { repository, type Scope } from "../skills/skill-tree.js";
import type { TestStudio } from "./studio-client.js";

/** For whatever a machine under load may need. */
const patience = 120_000;

export async function launchBrowser(): Promise<Browser> {
  const requirements = pathToFileURL(join(repository, "scripts/requirements.mjs")).href;
  const { findBrowser } = (await import(requirements)) as { findBrowser(): string | undefined };
  const executablePath = findBrowser();
  assert.ok(
    executablePath,
    "these tests need Chromium: `npm test` installs it on Debian, as the package chromium",
  );
  // As root, as in containers, Chromium has no sandbox.
  return chromium.launch({ executablePath, args: ["--no-sandbox"], timeout: patience });
}

export interface PageOptions {
  width?: number;
  height?: number;
  colorScheme?: "light" | "dark";
  /** What the browser may say about requests that fail because the test wants them to. */
  expectedErrors?: RegExp;
}

/**
 * A page in a browser of its own, without the session of any other. Its errors, and requests to anywhere else, fail the test
 * when it ends. To be made before the studio: what was made first ends first, and a page complains about a studio that ends.
 */
export async function newPage(t: Scope, browser: Browser, options: PageOptions = {}): Promise<Page> {
  const { width = 1280, height = 800, colorScheme = "light", expectedErrors } = options;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme });
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", error => complaints.push(String(error)));
  page.on("console", message => {
    const isExpected = expectedErrors?.test(message.text()) === true;
    if (message.type() === "error" && !isExpected) complaints.push(message.text());
  });
  page.on("request", request => {
    if (new URL(request.url()).hostname !== "127.0.0.1") complaints.push(`a request to ${request.url()}`);
  });
  t.after(async () => {
    await context.close();
    assert.deepEqual(complaints, []);
  });
  return page;
}

/** Opens the link of a studio, and waits until the page knows what there is. */
export async function openStudio(page: Page, { studio }: Pick<TestStudio, "studio">): Promise<void> {
  await page.goto(studio.url);
  await page.getByText("live", { exact: true }).waitFor();
}

/** Keeps a picture of the page for the documentation, where the test run was asked to make them. */
export async function takePicture(page: Page, name: string): Promise<void> {
  if (process.env.STUDIO_PICTURES === undefined) return;
  const folder = join(repository, "docs/images");
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `studio-${name}.png`) });
}
