// What somebody has typed for each entry, and the last call made with it: it is still there when they come back.

import type { EntryDescriptor, Json } from "luaskills";
import { type Draft, draftFrom, emptyDraft, readDraft } from "../form/draft.js";
import { FormSchema } from "../form/field.js";

/** Arguments as a form has them, or as JSON text. */
export type Arguments = { mode: "form"; draft: Draft } | { mode: "json"; text: string };

export interface Workbench {
  args: Arguments;
  /** Of the schema that the form was made from. */
  schema: string;
  /** Milliseconds, as typed. */
  timeLimit: string;
  callId: number | undefined;
}

export class Workbenches {
  readonly #benches = new Map<string, Workbench>();

  /** The workbench of an entry; where its schema has changed, what fits the new one is carried over. */
  of({ canonicalName, inputSchema }: EntryDescriptor): Workbench {
    const schema = JSON.stringify(inputSchema);
    const known = this.#benches.get(canonicalName);
    if (known?.schema === schema) return known;
    const form = new FormSchema(inputSchema);
    const empty: Arguments = { mode: "form", draft: emptyDraft(form, form.rootField()) };
    const fresh = { args: empty, schema, timeLimit: "", callId: undefined };
    const bench = known === undefined ? fresh : { ...known, schema, args: carryOver(known, form) };
    this.#benches.set(canonicalName, bench);
    return bench;
  }

  keep(canonicalName: string, bench: Workbench): void {
    this.#benches.set(canonicalName, bench);
  }

  /** Puts arguments of an earlier call on the workbench. */
  take(entry: EntryDescriptor, args: Json): void {
    const form = new FormSchema(entry.inputSchema);
    this.keep(entry.canonicalName, { ...this.of(entry), args: showArguments(form, args) });
  }
}

/** As a form where it can show them, else as JSON. */
export function showArguments(form: FormSchema, args: Json): Arguments {
  const draft = draftFrom(form, form.rootField(), args);
  if (draft === undefined) return { mode: "json", text: JSON.stringify(args, null, 2) };
  const empty = emptyDraft(form, form.rootField());
  return { mode: "form", draft: { ...(empty as object), ...(draft as object) } };
}

function carryOver({ args, schema }: Workbench, form: FormSchema): Arguments {
  if (args.mode === "json") return args;
  const old = new FormSchema(JSON.parse(schema) as Json);
  return showArguments(form, readDraft(old, old.rootField(), args.draft).value ?? {});
}
