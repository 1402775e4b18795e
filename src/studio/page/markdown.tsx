// Markdown as elements of the page. It comes from skills, so it is never HTML: what looks like it is shown as it is
// written, images are named, and links lead to web and mail addresses only.

import { Lexer, type MarkedToken, type Token, type Tokens } from "marked";
import type { ComponentChildren } from "preact";

/** Deeper nesting is shown as it is written. */
const deepestNesting = 40;

export function Markdown({ text }: { text: string }) {
  let tokens: Token[];
  try {
    tokens = Lexer.lex(text, { gfm: true });
  } catch {
    // Nested so deeply that no stack holds it.
    return <pre class="wrap">{text}</pre>;
  }
  return <div class="markdown">{draw(tokens, 0)}</div>;
}

function draw(tokens: readonly Token[], depth: number): ComponentChildren {
  return tokens.map((token, index) => <Piece key={index} token={token as MarkedToken} depth={depth} />);
}

function Piece({ token, depth }: { token: MarkedToken; depth: number }) {
  const inside = (tokens: readonly Token[]) =>
    depth < deepestNesting ? draw(tokens, depth + 1) : tokens.map(({ raw }) => raw);
  switch (token.type) {
    case "space":
    case "def":
      return null;
    case "heading": {
      // The view has headings of its own above these.
      const Heading = `h${Math.min(token.depth + 2, 6)}` as "h3";
      return <Heading>{inside(token.tokens)}</Heading>;
    }
    case "paragraph":
      return <p>{inside(token.tokens)}</p>;
    case "blockquote":
      return <blockquote>{inside(token.tokens)}</blockquote>;
    case "list":
      return <List list={token} draw={inside} />;
    case "list_item":
      return <li>{inside(token.tokens)}</li>;
    case "code":
      return (
        <pre>
          <code>{token.text}</code>
        </pre>
      );
    case "table":
      return <Table table={token} draw={inside} />;
    case "hr":
      return <hr />;
    case "br":
      return <br />;
    case "strong":
      return <strong>{inside(token.tokens)}</strong>;
    case "em":
      return <em>{inside(token.tokens)}</em>;
    case "del":
      return <del>{inside(token.tokens)}</del>;
    case "codespan":
      return <code>{token.text}</code>;
    case "link":
      return <Link href={token.href}>{inside(token.tokens)}</Link>;
    case "image":
      return <span class="muted">[image: {withCharacters(token.text) || token.href}]</span>;
    case "checkbox":
      return (
        <input
          type="checkbox"
          checked={token.checked}
          disabled
          aria-label={token.checked ? "done" : "open"}
        />
      );
    case "html":
      return token.block ? <pre class="wrap">{token.text}</pre> : token.text;
    case "escape":
      return token.text;
    case "text":
      return <>{token.tokens === undefined ? withCharacters(token.text) : inside(token.tokens)}</>;
    default:
      return null;
  }
}

type Draw = (tokens: readonly Token[]) => ComponentChildren;

function List({ list: { ordered, start, items }, draw }: { list: Tokens.List; draw: Draw }) {
  const rows = items.map((item, index) => <li key={index}>{draw(item.tokens)}</li>);
  return ordered ? <ol start={start === "" ? 1 : start}>{rows}</ol> : <ul>{rows}</ul>;
}

function Table({ table: { header, rows }, draw }: { table: Tokens.Table; draw: Draw }) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            {header.map(({ tokens }, index) => (
              <th key={index} scope="col">
                {draw(tokens)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {row.map(({ tokens }, column) => (
                <td key={column}>{draw(tokens)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Link({ href, children }: { href: string; children: ComponentChildren }) {
  if (!/^(https?:|mailto:)/i.test(href)) return <span title={href}>{children}</span>;
  return (
    <a href={href} target="_blank" rel="noreferrer noopener">
      {children}
    </a>
  );
}

const characters: { [name: string]: string } = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: "\u00a0",
  copy: "©",
  hellip: "…",
  mdash: "—",
  ndash: "–",
};

/** Text with the character references that people write: by number, and the common ones by name. */
function withCharacters(text: string): string {
  return text.replace(/&(?:#x([\da-f]{1,6})|#(\d{1,7})|(\w+));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return characters[name] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
