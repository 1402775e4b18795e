// The `help` block of a manifest: a main page and pages by topic, each a file under `help/`. Whether the files exist is
// asked when they are shown.

import type { Fields } from "./fields.js";
import { packagePath } from "./package-path.js";

export interface HelpPage {
  name: string;
  description: string;
  /** Path of the file inside the package, forward slashes, under `help/`; "" where the manifest names none. */
  file: string;
}

export interface HelpBlock {
  main: HelpPage;
  topics: HelpPage[];
}

export function readHelpBlock(manifest: Fields): HelpBlock {
  const help = manifest.mapping("help");
  const main = help?.mapping("main");
  return {
    main:
      main === undefined ? { name: "", description: "", file: "" } : readPage(main, { fileRequired: false }),
    topics: (help?.mappings("topics") ?? []).map(topic => readPage(topic, { fileRequired: true })),
  };
}

function readPage(page: Fields, { fileRequired }: { fileRequired: boolean }): HelpPage {
  const name = page.optionalText("name").trim();
  const description = page.optionalText("description").trim();
  const written = page.optionalText("file");
  if (written.trim() === "" && !fileRequired) return { name, description, file: "" };
  const checked = packagePath(page.label("file"), "help", written);
  page.report(checked.problem);
  return { name, description, file: checked.path ?? "" };
}
