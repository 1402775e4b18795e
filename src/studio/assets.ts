// The files of the page, as the build has made them.

import { readFileSync } from "node:fs";
import type { ServerResponse } from "node:http";

const types: { [file: string]: string } = {
  "index.html": "text/html; charset=utf-8",
  "page.js": "text/javascript; charset=utf-8",
  "page.css": "text/css; charset=utf-8",
  "icon.svg": "image/svg+xml",
};

export class Assets {
  readonly #files: ReadonlyMap<string, Buffer>;

  /** @throws Error when the page was not built */
  constructor() {
    this.#files = new Map(Object.keys(types).map(name => [name, read(name)]));
  }

  /** @returns false when there is no such file */
  send(response: ServerResponse, name: string): boolean {
    const file = this.#files.get(name);
    const type = types[name];
    if (file === undefined || type === undefined) return false;
    response.writeHead(200, { "Content-Type": type, "Content-Length": file.length });
    response.end(file);
    return true;
  }
}

function read(name: string): Buffer {
  try {
    return readFileSync(new URL(`./page/${name}`, import.meta.url));
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`the page of the studio was not built (\`npm run build\` does that): ${message}`, {
      cause: error,
    });
  }
}
