// The browser that the system opens links with.

import { spawn } from "node:child_process";

const openers: { [platform: string]: [command: string, ...args: string[]] } = {
  darwin: ["open"],
  // Not `start`: the shell would read the characters of the link.
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
};

/**
 * Does not wait for the browser, which outlives this process.
 *
 * @param failed hears that there is none
 */
export function openInBrowser(url: string, failed: (problem: string) => void): void {
  const [command, ...args] = openers[process.platform] ?? ["xdg-open"];
  const child = spawn(command, [...args, url], { detached: true, stdio: "ignore" });
  child.on("error", error => failed(`no browser could be opened (${error.message}): open the link yourself`));
  child.unref();
}
