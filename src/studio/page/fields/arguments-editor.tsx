// The arguments of a call: a form made from the schema, or the JSON itself.

import type { Json } from "luaskills";
import { useMemo } from "preact/hooks";
import { type Draft, type Reading, readDraft } from "../../form/draft.js";
import { FormSchema } from "../../form/field.js";
import { type Arguments, showArguments } from "../workbenches.js";
import { Control } from "./control.js";
import { Members, Problem, type Problems } from "./field-view.js";

interface ArgumentsEditorProps {
  schema: Json;
  args: Arguments;
  problems: Problems;
  change(args: Arguments): void;
}

export function ArgumentsEditor({ schema, args, problems, change }: ArgumentsEditorProps) {
  const form = useMemo(() => new FormSchema(schema), [schema]);
  const root = form.rootField();
  const { value } = readArguments(schema, args);
  const asForm = args.mode === "json" && value !== undefined ? showArguments(form, value) : undefined;
  return (
    <div class="arguments">
      <div class="label-row">
        <h3>Arguments</h3>
        <span class="space" />
        <fieldset class="switch" aria-label="How to edit the arguments">
          <button
            type="button"
            aria-pressed={args.mode === "form"}
            disabled={args.mode === "json" && asForm?.mode !== "form"}
            title={asForm?.mode === "json" ? "The form cannot show these arguments" : undefined}
            onClick={() => asForm !== undefined && change(asForm)}
          >
            Form
          </button>
          <button
            type="button"
            aria-pressed={args.mode === "json"}
            onClick={() => change({ mode: "json", text: JSON.stringify(value ?? {}, null, 2) })}
          >
            JSON
          </button>
        </fieldset>
      </div>
      {args.mode === "form" ? (
        <>
          {root.members.length === 0 && <p class="muted">It declares no arguments.</p>}
          <Members
            form={form}
            field={root}
            pointer=""
            draft={args.draft as { [name: string]: Draft }}
            problems={problems}
            change={draft => change({ mode: "form", draft })}
          />
        </>
      ) : (
        <div class="field json whole">
          <label for="arguments-json" class="hidden">
            Arguments as JSON
          </label>
          <Control
            id="arguments-json"
            field={{ kind: "json", description: "", hints: [] }}
            draft={args.text}
            problem={problems.get("")}
            required={false}
            change={text => change({ mode: "json", text: String(text) })}
          />
          <Problem id="arguments-json" text={problems.get("")} />
        </div>
      )}
    </div>
  );
}

/** The arguments as they would be sent. */
export function readArguments(schema: Json, args: Arguments): Reading {
  const form = new FormSchema(schema);
  if (args.mode === "form") return readDraft(form, form.rootField(), args.draft);
  const reading = readDraft(form, { kind: "json", description: "", hints: [] }, args.text);
  if (reading.value === undefined || (typeof reading.value === "object" && reading.value !== null))
    return reading;
  return { value: undefined, problems: [{ pointer: "", message: "must be a JSON object or array" }] };
}
