// Commander's argument processors: what the text of an option must be.

import { InvalidArgumentError } from "commander";
import type { Json } from "../index.js";

export function milliseconds(text: string): number {
  return positive(text, "Expected a positive number of milliseconds.");
}

/** From 0, fractions too. */
export function seconds(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Expected a number of seconds.");
}

export function count(text: string): number {
  return positive(text, "Expected a positive whole number.");
}

export function jsonValue(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new InvalidArgumentError(`Not valid JSON: ${(error as Error).message}.`);
  }
}

/** Adds one text to those given before; a comma separates several. */
export function list(text: string, previous: string[] = []): string[] {
  const members = text
    .split(",")
    .map(member => member.trim())
    .filter(member => member !== "");
  if (members.length === 0) throw new InvalidArgumentError("Expected at least one name.");
  return [...previous, ...members];
}

function positive(text: string, complaint: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value === 0)
    throw new InvalidArgumentError(complaint);
  return value;
}
