// The page of `luaskills studio`: checked by TypeScript, bundled with what it needs into dist/studio/page.
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { root, runTool } from "./run-command.mjs";
import { digestOf, unlessUpToDate } from "./up-to-date.mjs";

const page = join(root, "src/studio/page");
const product = join(root, "dist/studio/page");

async function bundle() {
  runTool("typescript/bin/tsc", ["-p", page]);
  // Not at the top: an installed package has no esbuild, and no need of this file.
  const { build } = await import("esbuild");
  await build({
    entryPoints: { page: join(page, "main.tsx") },
    outdir: product,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    // Licences of what is bundled are in THIRD-PARTY-NOTICES.md.
    legalComments: "none",
    logLevel: "warning",
  });
  mkdirSync(product, { recursive: true });
  for (const file of ["index.html", "icon.svg", "page.css"]) {
    copyFileSync(join(page, file), join(product, file));
  }
}

/** Expects the rest of dist, whose declarations the page is checked against. */
export async function buildStudioPage() {
  const digest = digestOf(["src", "tsconfig.json", "package-lock.json", "scripts/build-studio.mjs"]);
  await unlessUpToDate("studio-page", digest, join(product, "page.js"), bundle);
}
