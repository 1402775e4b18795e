// Keeps keys out of messages: those that are known, and what looks like one, since providers repeat the key they refuse.

const placeholder = "[redacted]";

/** Shorter ones would take ordinary words out of messages. */
const shortestSecret = 8;

const keyLike = /\b(?:sk|pk|rk|key|gsk|xai)-[\w-]{12,}|\bBearer\s+[\w.~+/=-]{8,}/g;

export class Redaction {
  readonly #secrets: readonly string[];

  constructor(secrets: readonly (string | undefined)[]) {
    this.#secrets = secrets.filter(
      secret => secret !== undefined && secret.length >= shortestSecret,
    ) as string[];
  }

  text(text: string): string {
    let clean = text;
    for (const secret of this.#secrets) clean = clean.replaceAll(secret, placeholder);
    return clean.replace(keyLike, placeholder);
  }

  /** Without user, password and query. */
  address(address: string): string {
    const { origin, pathname } = new URL(address);
    return this.text(`${origin}${pathname}`.replace(/\/+$/, ""));
  }
}
