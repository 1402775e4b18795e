// Single JSON values of which a column or a query vector is made. Nothing is coerced. What does not fit is refused with a
// text that continues the name of the place, such as ` must be a bool, got nil`.

import type { ExactJson } from "./exact-json.js";
import { asList } from "./input.js";
import { describe, Refused } from "./refused.js";

const integerTypes = {
  int64: { article: "an", least: -(2n ** 63n), most: 2n ** 63n - 1n },
  uint64: { article: "a", least: 0n, most: 2n ** 64n - 1n },
  int32: { article: "an", least: -(2n ** 31n), most: 2n ** 31n - 1n },
  uint32: { article: "a", least: 0n, most: 2n ** 32n - 1n },
};

export class JsonValues {
  readonly #integerOf: ExactJson["integerOf"];

  /** @param integerOf knows the long integers of the text that the values come from; without it there are none */
  constructor(integerOf: ExactJson["integerOf"] = () => undefined) {
    this.#integerOf = integerOf;
  }

  text(value: unknown): string {
    if (typeof value !== "string" || this.#integerOf(value) !== undefined) this.#fail("a string", value);
    return value;
  }

  bool(value: unknown): boolean {
    if (typeof value !== "boolean") this.#fail("a bool", value);
    return value;
  }

  float64(value: unknown): number {
    return this.#finite("float64", value, number => number);
  }

  float32(value: unknown): number {
    return this.#finite("float32", value, Math.fround);
  }

  integer(type: keyof typeof integerTypes, value: unknown): bigint {
    const { article, least, most } = integerTypes[type];
    const integer = Number.isInteger(value) ? BigInt(value as number) : this.#integerOf(value);
    if (integer === undefined) this.#fail(`${article} ${type}`, value);
    if (integer < least || integer > most) throw new Refused(` is out of ${type} range, got ${integer}`);
    return integer;
  }

  /** Fills `target`, whose length is that of the vector, with the numbers of an array. */
  vector(value: unknown, target: Float32Array): void {
    const vector = asList(value);
    if (vector === undefined) this.#fail("an array of float32 values", value);
    if (vector.length !== target.length) {
      throw new Refused(` must have ${target.length} numbers, got ${vector.length}`);
    }
    for (let index = 0; index < target.length; index++) {
      const element = vector[index];
      // The usual case, without the cost of a call: a vector may have thousands of numbers.
      const single = typeof element === "number" ? Math.fround(element) : Number.NaN;
      target[index] = Number.isFinite(single) ? single : this.#element(element, index);
    }
  }

  #element(value: unknown, index: number): number {
    try {
      return this.float32(value);
    } catch (error) {
      throw new Refused(`[${index}]${(error as Error).message}`);
    }
  }

  #finite(type: string, value: unknown, round: (value: number) => number): number {
    const number = typeof value === "number" ? value : this.#integerOf(value);
    if (number === undefined) this.#fail(`a ${type}`, value);
    const rounded = round(Number(number));
    if (!Number.isFinite(rounded)) throw new Refused(` is out of ${type} range, got ${number}`);
    return rounded;
  }

  #fail(what: string, value: unknown): never {
    throw new Refused(` must be ${what}, got ${this.#integerOf(value) ?? describe(value)}`);
  }
}
