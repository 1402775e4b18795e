// Who may talk to the studio: the browser that opened its link first. The token of the link is good for one exchange
// against a session cookie, which scripts cannot read and other sites cannot send along.

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

export class Access {
  /** Goes into the link. */
  readonly token = randomBytes(32).toString("base64url");
  readonly #session = randomBytes(32).toString("base64url");
  readonly #cookieName: string;
  #exchanged = false;

  /** @param port cookies know no ports, so that of another studio on this machine needs another name */
  constructor(port: number) {
    this.#cookieName = `luaskills_studio_${port}`;
  }

  /** @returns the value of Set-Cookie; undefined for a wrong token, and for every token after the first exchange */
  exchange(token: string): string | undefined {
    if (this.#exchanged || !isSame(token, this.token)) return undefined;
    this.#exchanged = true;
    return `${this.#cookieName}=${this.#session}; HttpOnly; SameSite=Strict; Path=/`;
  }

  /** @param cookies the header of a request */
  admits(cookies: string | undefined): boolean {
    const pairs = (cookies ?? "").split(";").map(pair => pair.trim().split("="));
    return pairs.some(([name, value]) => name === this.#cookieName && isSame(value ?? "", this.#session));
  }
}

/** In a time that tells nothing about where they differ. */
function isSame(given: string, secret: string): boolean {
  return timingSafeEqual(digest(given), digest(secret));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
