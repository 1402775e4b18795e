// An answer on its way to Lua: JSON text of the result, and behind a line end the bytes of what would be costly to put into
// it. JSON text has no line end of its own.

/** `JSON`, or `JSON "\n" body`. The Lua half of the namespace knows what a body is. */
export type DatabaseAnswer = string | Uint8Array;

const lineEnd = 10;

/** @param meta JSON text */
export function answerWithBody(meta: string, body: Uint8Array): Uint8Array {
  const head = Buffer.from(`${meta}\n`);
  const answer = new Uint8Array(head.length + body.length);
  answer.set(head);
  answer.set(body, head.length);
  return answer;
}

/** The JSON part of an answer, parsed. */
export function metaOf(answer: DatabaseAnswer): unknown {
  if (typeof answer === "string") return JSON.parse(answer);
  const end = answer.indexOf(lineEnd);
  return JSON.parse(Buffer.from(end === -1 ? answer : answer.subarray(0, end)).toString());
}
