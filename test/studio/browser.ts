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
}

/** A browser of its own for the page, without the session of any other. */
export async function newPage(t: Scope, browser: Browser, options: PageOptions = {}): Promise<Page> {
  const { width = 1280, height = 800, colorScheme = "light" } = options;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme });
  t.after(() => context.close());
  context.setDefaultTimeout(patience);
  return context.newPage();
}

/** Opens the link of a studio. Errors of the page, and requests to anywhere else, fail the test when it ends. */
export async function openStudio(
  t: Scope,
  browser: Browser,
  { studio, origin }: Pick<TestStudio, "studio" | "origin">,
  options: PageOptions = {},
): Promise<Page> {
  const page = await newPage(t, browser, options);
  const complaints: string[] = [];
  page.on("pageerror", error => complaints.push(String(error)));
  page.on("console", message => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("request", request => {
    if (new URL(request.url()).origin !== origin) complaints.push(`a request to ${request.url()}`);
  });
  t.after(() => assert.deepEqual(complaints, []));
  await page.goto(studio.url);
  await page.getByText("live", { exact: true }).waitFor();
  return page;
}

/** Keeps a picture of the page for the documentation, where the test run was asked to make them. */
export async function takePicture(page: Page, name: string): Promise<void> {
  if (process.env.STUDIO_PICTURES === undefined) return;
  const folder = join(repository, "docs/images");
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `studio-${name}.png`) });
}
