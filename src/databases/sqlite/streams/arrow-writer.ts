// Arrow IPC streams from the buffers that the addon fills. apache-arrow is optional, so it is loaded when the first stream has
// rows, and nothing here imports it otherwise.

import type * as Arrow from "apache-arrow";
import type { ColumnBuffers } from "../native.js";
import { ColumnType } from "./column-types.js";

export type ArrowLibrary = typeof Arrow;

export interface StreamColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/** @throws with the command that helps, when the package is not there */
export async function loadArrow(
  load: () => Promise<ArrowLibrary> = () => import("apache-arrow"),
): Promise<ArrowLibrary> {
  try {
    return await load();
  } catch (error) {
    throw new Error(
      "streams need the package apache-arrow, which cannot be loaded: npm install apache-arrow",
      { cause: error },
    );
  }
}

/** Writes one stream: the schema before the first batch, the end marker at the end. */
export class ArrowStreamWriter {
  readonly #arrow: ArrowLibrary;
  readonly #schema: Arrow.Schema;
  readonly #messages: MessageWriter;
  #pieces: Uint8Array[] = [];

  constructor(arrow: ArrowLibrary, columns: readonly StreamColumn[]) {
    this.#arrow = arrow;
    this.#schema = new arrow.Schema(
      columns.map(({ name, type }) => new arrow.Field(name, arrowType(arrow, type), true)),
    );
    this.#messages = messageWriter(arrow, piece => this.#pieces.push(piece));
  }

  /**
   * The bytes of a batch, in pieces. They may be views of the buffers that were given.
   *
   * @param columns in the order of the constructor's
   */
  batch(rows: number, columns: readonly ColumnBuffers[]): Uint8Array[] {
    const arrow = this.#arrow;
    const { fields } = this.#schema;
    const children = fields.map(({ type }, index) =>
      columnData(arrow, type, rows, columns[index] as ColumnBuffers),
    );
    const data = arrow.makeData({ type: new arrow.Struct(fields), length: rows, nullCount: 0, children });
    this.#messages.write(new arrow.RecordBatch(this.#schema, data));
    return this.#taken();
  }

  /** The end of a stream that has at least one batch. */
  end(): Uint8Array[] {
    this.#messages.finish();
    return this.#taken();
  }

  #taken(): Uint8Array[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }
}

type MessageWriter = Pick<Arrow.RecordBatchStreamWriter, "write" | "finish">;

/** Arrow's own writer, with its pieces going where we want them instead of into a queue of its own. */
function messageWriter(arrow: ArrowLibrary, take: (piece: Uint8Array) => void): MessageWriter {
  class PieceWriter extends arrow.RecordBatchStreamWriter {
    protected override _write(chunk: ArrayBufferView): this {
      if (chunk.byteLength > 0) take(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      return this;
    }

    override write(batch: Arrow.RecordBatch): void {
      super.write(batch);
      // Positions for the footer of a file; a stream has none.
      this._recordBatchBlocks = [];
    }
  }
  return new PieceWriter();
}

function arrowType(arrow: ArrowLibrary, type: ColumnType): Arrow.DataType {
  switch (type) {
    case ColumnType.Int64:
      return new arrow.Int64();
    case ColumnType.Float64:
      return new arrow.Float64();
    case ColumnType.Binary:
      return new arrow.Binary();
    default:
      return new arrow.Utf8();
  }
}

function columnData(
  arrow: ArrowLibrary,
  type: Arrow.DataType,
  length: number,
  { nullCount, validity, offsets, values }: ColumnBuffers,
): Arrow.Data {
  const rows = { length, nullCount, nullBitmap: validity };
  if (arrow.DataType.isInt(type)) return arrow.makeData({ type, ...rows, data: values as BigInt64Array });
  if (arrow.DataType.isFloat(type)) return arrow.makeData({ type, ...rows, data: values as Float64Array });
  const bytes = { ...rows, valueOffsets: offsets as Int32Array, data: values as Uint8Array };
  return arrow.DataType.isUtf8(type)
    ? arrow.makeData({ type, ...bytes })
    : arrow.makeData({ type: type as Arrow.Binary, ...bytes });
}
