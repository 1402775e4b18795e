// What somebody has typed into a form so far, and the way from there to arguments and back. An empty field is left out of
// the arguments; who means the empty text, or null, edits the arguments as JSON.

import type { ArgumentProblem, Json } from "luaskills";
import type { Field, FormSchema } from "./field.js";

/**
 * By kind of field: the typed text of `text`, `number` and `json`; of `boolean` the value; of `choice` the index; of
 * `object` and `list` the drafts inside. Undefined: not given.
 */
export type Draft = undefined | string | boolean | number | Draft[] | { [name: string]: Draft };

/** The arguments that a draft stands for, and what cannot be read of it. */
export interface Reading {
  value: Json | undefined;
  problems: ArgumentProblem[];
}

/** Schemas may demand themselves, which nobody can fill in. */
const deepestRequired = 8;

/** What a form shows before anything is typed: required objects and lists are there, with nothing in them. */
export function emptyDraft(form: FormSchema, field: Field, depth = 0): Draft {
  switch (field.kind) {
    case "object": {
      const required = field.members.filter(member => member.required && depth < deepestRequired);
      return Object.fromEntries(
        required.map(({ name, schema }) => {
          const inner = form.field(schema);
          return [name, isFilledWithoutTyping(inner) ? emptyDraft(form, inner, depth + 1) : undefined];
        }),
      );
    }
    case "list":
      return [];
    case "fixed":
      return true;
    default:
      return undefined;
  }
}

function isFilledWithoutTyping({ kind }: Field): boolean {
  return kind === "object" || kind === "list" || kind === "fixed";
}

/** @param pointer JSON Pointer of the place of the draft in the arguments */
export function readDraft(form: FormSchema, field: Field, draft: Draft, pointer = ""): Reading {
  const problems: ArgumentProblem[] = [];
  return { value: read(form, field, draft, pointer, problems), problems };
}

function read(
  form: FormSchema,
  field: Field,
  draft: Draft,
  pointer: string,
  problems: ArgumentProblem[],
): Json | undefined {
  if (draft === undefined) return undefined;
  switch (field.kind) {
    case "text":
      return String(draft) || undefined;
    case "number":
      return readNumber(String(draft).trim(), pointer, problems);
    case "json":
      return readJson(String(draft).trim(), pointer, problems);
    case "boolean":
      return draft === true;
    case "choice":
      return field.choices[Number(draft)]?.value;
    case "fixed":
      return draft === true ? field.value : undefined;
    case "object": {
      const drafts = draft as { [name: string]: Draft };
      const members = field.members.flatMap(({ name, schema }) => {
        const place = `${pointer}/${pointerStep(name)}`;
        const value = read(form, form.field(schema), memberOf(drafts, name), place, problems);
        return value === undefined ? [] : [[name, value] as const];
      });
      return Object.fromEntries(members);
    }
    case "list": {
      const items = form.field(field.items);
      return (draft as Draft[]).map((item, index) => {
        const place = `${pointer}/${index}`;
        const before = problems.length;
        const value = read(form, items, item, place, problems);
        // Leaving an item out would move the others.
        if (value === undefined && items.kind === "text") return "";
        if (value === undefined && problems.length === before) {
          problems.push({ pointer: place, message: "is missing" });
        }
        return value ?? null;
      });
    }
  }
}

function readNumber(text: string, pointer: string, problems: ArgumentProblem[]): Json | undefined {
  if (text === "") return undefined;
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  problems.push({ pointer, message: "must be a number" });
  return undefined;
}

function readJson(text: string, pointer: string, problems: ArgumentProblem[]): Json | undefined {
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    problems.push({ pointer, message: `is not JSON: ${(error as Error).message}` });
    return undefined;
  }
}

/** @returns undefined when a form cannot show these arguments without changing them */
export function draftFrom(form: FormSchema, field: Field, value: Json): Draft {
  const draft = write(form, field, value);
  const { value: back } = readDraft(form, field, draft);
  return back !== undefined && isSame(back, value) ? draft : undefined;
}

function write(form: FormSchema, field: Field, value: Json): Draft {
  switch (field.kind) {
    case "text":
      return typeof value === "string" ? value : undefined;
    case "number":
      return typeof value === "number" ? String(value) : undefined;
    case "json":
      return JSON.stringify(value, null, 2);
    case "boolean":
      return typeof value === "boolean" ? value : undefined;
    case "choice": {
      const index = field.choices.findIndex(choice => isSame(choice.value, value));
      return index === -1 ? undefined : index;
    }
    case "fixed":
      return isSame(field.value, value) ? true : undefined;
    case "object": {
      if (!isObject(value)) return undefined;
      const drafts = field.members.flatMap(({ name, schema }) => {
        const member = memberOf(value, name);
        return member === undefined ? [] : [[name, write(form, form.field(schema), member)] as const];
      });
      return Object.fromEntries(drafts);
    }
    case "list": {
      const items = form.field(field.items);
      return Array.isArray(value) ? value.map(item => write(form, items, item)) : undefined;
    }
  }
}

/** The step of a JSON Pointer to a member. */
export function pointerStep(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** Properties may be called `constructor`. */
export function memberOf<Value>(object: { [name: string]: Value }, name: string): Value | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function isSame(a: Json, b: Json): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => isSame(item, b[index] as Json));
  }
  if (!isObject(a) || !isObject(b)) return a === b;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every(name => Object.hasOwn(b, name) && isSame(a[name] as Json, b[name] as Json))
  );
}

function isObject(value: Json): value is { [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
