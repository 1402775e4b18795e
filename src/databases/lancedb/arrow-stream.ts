// The frame of an Arrow IPC stream: messages one after the other, a schema first, a mark at the end. apache-arrow trusts
// every length in it, so that a few damaged bytes make it allocate until the thread dies, or never return, and a stream that
// was cut off between two batches loses its end without a word.

import { Refused } from "./refused.js";

const continuation = 0xffffffff;
const mostFields = 10_000;

/** Members of the tables in the metadata, as the format numbers them. */
const messageMembers = { headerType: 1, header: 2, bodyLength: 3, customMetadata: 4 };
const schemaMembers = { fields: 1, customMetadata: 2, features: 3 };
const fieldMembers = { dictionary: 4, children: 5, customMetadata: 6 };
const batchMembers = { nodes: 1, buffers: 2, compression: 3 };
const headerTypes = { schema: 1, dictionaryBatch: 2, recordBatch: 3 };
/** Bytes of the elements of vectors. */
const reference = 4;
const pair = 16;

/** @throws Refused unless the bytes are one whole stream that can be read without harm */
export function requireWholeStream(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8 || view.getUint32(0, true) !== continuation) {
    throw new Refused("data must be an Arrow IPC stream");
  }
  try {
    walk(view);
  } catch (error) {
    // Reading beyond the end.
    if (error instanceof RangeError) throw new Refused("data is damaged or cut off");
    throw error;
  }
}

function walk(view: DataView): void {
  for (let at = 0, count = 0; ; count++) {
    if (at === view.byteLength) throw new Refused("data is cut off: it has no end-of-stream mark");
    if (view.getUint32(at, true) !== continuation) throw new Refused("data is damaged");
    const length = view.getInt32(at + 4, true);
    const start = at + 8;
    if (length === 0) {
      if (count === 0) throw new Refused("data must be an Arrow IPC stream");
      if (start !== view.byteLength)
        throw new Refused("data must be one Arrow IPC stream, and more follows its end");
      return;
    }
    const metadata = new DataView(view.buffer, view.byteOffset + start, length);
    at = start + length + bodyLength(metadata, count === 0);
    if (at > view.byteLength) throw new Refused("data is cut off");
  }
}

/** Checks one message. */
function bodyLength(metadata: DataView, first: boolean): number {
  const message = new FlatTable(metadata, metadata.getUint32(0, true));
  message.requireVector(messageMembers.customMetadata, reference);
  const type = message.byte(messageMembers.headerType);
  const header = message.table(messageMembers.header);
  const expected = first ? headerTypes.schema : headerTypes.recordBatch;
  if (type === headerTypes.dictionaryBatch) {
    throw new Refused("data has columns with dictionaries, which cannot be written");
  }
  if (type !== expected || header === undefined) throw new Refused("data is damaged");
  if (first) requireSchema(header);
  else requireBatch(header);
  return message.length(messageMembers.bodyLength);
}

function requireSchema(schema: FlatTable): void {
  schema.requireVector(schemaMembers.customMetadata, reference);
  schema.requireVector(schemaMembers.features, 8);
  // Damaged references may lead to the same fields again and again.
  const waiting = schema.tables(schemaMembers.fields);
  let count = 0;
  for (let field = waiting.pop(); field !== undefined; field = waiting.pop()) {
    count += 1;
    if (count + waiting.length > mostFields) throw new Refused(`data has more than ${mostFields} columns`);
    field.requireVector(fieldMembers.customMetadata, reference);
    if (field.table(fieldMembers.dictionary) !== undefined) {
      throw new Refused("data has columns with dictionaries, which cannot be written");
    }
    waiting.push(...field.tables(fieldMembers.children));
  }
}

function requireBatch(batch: FlatTable): void {
  batch.requireVector(batchMembers.nodes, pair);
  batch.requireVector(batchMembers.buffers, pair);
  if (batch.table(batchMembers.compression) !== undefined) {
    throw new Refused("data is compressed, which cannot be read: write it without compression");
  }
}

/** A table of a FlatBuffer. Its members throw RangeError when they lie outside of it. */
class FlatTable {
  readonly #view: DataView;
  readonly #at: number;

  constructor(view: DataView, at: number) {
    this.#view = view;
    this.#at = at;
  }

  byte(member: number): number {
    const at = this.#place(member);
    return at === undefined ? 0 : this.#view.getUint8(at);
  }

  /** A length of 64 bits. */
  length(member: number): number {
    const at = this.#place(member);
    const length = at === undefined ? 0n : this.#view.getBigInt64(at, true);
    if (length < 0n || length > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError("no length");
    return Number(length);
  }

  table(member: number): FlatTable | undefined {
    const at = this.#place(member);
    return at === undefined ? undefined : this.#follow(at);
  }

  tables(member: number): FlatTable[] {
    const { count, start } = this.#vector(member, reference);
    return Array.from({ length: count }, (_, index) => this.#follow(start + index * reference));
  }

  requireVector(member: number, elementBytes: number): void {
    this.#vector(member, elementBytes);
  }

  #vector(member: number, elementBytes: number): { count: number; start: number } {
    const at = this.#place(member);
    if (at === undefined) return { count: 0, start: 0 };
    const vector = at + this.#view.getUint32(at, true);
    const count = this.#view.getUint32(vector, true);
    const start = vector + 4;
    if (start + count * elementBytes > this.#view.byteLength) throw new RangeError("vector beyond the end");
    return { count, start };
  }

  #follow(at: number): FlatTable {
    return new FlatTable(this.#view, at + this.#view.getUint32(at, true));
  }

  /** Where a member lies; undefined if it is absent. */
  #place(member: number): number | undefined {
    const members = this.#at - this.#view.getInt32(this.#at, true);
    const entry = 4 + 2 * member;
    if (entry >= this.#view.getUint16(members, true)) return undefined;
    const offset = this.#view.getUint16(members + entry, true);
    return offset === 0 ? undefined : this.#at + offset;
  }
}
