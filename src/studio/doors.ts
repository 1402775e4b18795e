// The pages of the studio that need no script: what somebody sees who opens the link, or anything else without a session.

import type { ServerResponse } from "node:http";

/** Sets the session cookie and goes on to the page. */
export function sendWelcome(response: ServerResponse, cookie: string): void {
  response.setHeader("Set-Cookie", cookie);
  // A redirect would not do: after a link on another site (a terminal in the browser, say) a strict cookie is not sent
  // along with it, but it is with what this page asks for.
  send(
    response,
    200,
    '<link rel="icon" href="/icon.svg"><meta http-equiv="refresh" content="0; url=/">',
    '<p><a href="/">luaskills studio</a></p>',
  );
}

export function sendNoSession(response: ServerResponse): void {
  const text =
    "<h1>luaskills studio</h1>" +
    "<p>Open the link that <code>luaskills studio</code> has printed. It works once, in one browser; " +
    "for another one start the studio again.</p>";
  send(response, 401, "", text);
}

function send(response: ServerResponse, status: number, head: string, body: string): void {
  response.writeHead(status, { "Content-Type": "text/html; charset=utf-8" });
  response.end(
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>luaskills studio</title>` +
      `<meta name="color-scheme" content="light dark">${head}</head><body>${body}</body></html>`,
  );
}
