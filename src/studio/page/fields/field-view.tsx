// One field of a form: its label, what the schema says about it, the control for its kind, and what is wrong with it.

import type { Json } from "luaskills";
import { type Draft, memberOf, pointerStep } from "../../form/draft.js";
import type { Field, FormSchema } from "../../form/field.js";
import { Control } from "./control.js";
import { ListField } from "./list-field.js";
import { ObjectField } from "./object-field.js";

/** What is wrong, by JSON Pointer. */
export type Problems = ReadonlyMap<string, string>;

export interface FieldProps {
  form: FormSchema;
  schema: Json;
  label: string;
  required: boolean;
  /** JSON Pointer of its place in the arguments. */
  pointer: string;
  draft: Draft;
  problems: Problems;
  change(draft: Draft): void;
  /** Takes an item out of its list. */
  remove?: () => void;
}

/** Of a field that was made from the schema. */
export type KindProps<Kind extends Field["kind"]> = FieldProps & { field: Field & { kind: Kind } };

export function FieldView(props: FieldProps) {
  const field = props.form.field(props.schema);
  if (field.kind === "object") return <ObjectField {...props} field={field} />;
  if (field.kind === "list") return <ListField {...props} field={field} />;
  return <SimpleField {...props} field={field} />;
}

function SimpleField({
  field,
  label,
  required,
  pointer,
  draft,
  problems,
  change,
  remove,
}: FieldProps & { field: Field }) {
  const id = fieldId(pointer);
  const problem = problems.get(pointer);
  return (
    <div class={`field ${field.kind}`}>
      <div class="label-row">
        <label for={id}>{label}</label>
        <FieldNotes field={field} required={required} />
        {remove !== undefined && <RemoveButton label={label} remove={remove} />}
      </div>
      <Description id={id} text={field.description} />
      <Control id={id} field={field} draft={draft} problem={problem} required={required} change={change} />
      <Problem id={id} text={problem} />
    </div>
  );
}

interface MembersProps {
  form: FormSchema;
  field: Field & { kind: "object" };
  pointer: string;
  draft: { [name: string]: Draft };
  problems: Problems;
  change(draft: Draft): void;
}

/** The fields of an object. */
export function Members({ form, field, pointer, draft, problems, change }: MembersProps) {
  return (
    <>
      {field.members.map(({ name, schema, required }) => (
        <FieldView
          key={name}
          form={form}
          schema={schema}
          label={name}
          required={required}
          pointer={`${pointer}/${pointerStep(name)}`}
          draft={memberOf(draft, name)}
          problems={problems}
          change={inner => change({ ...draft, [name]: inner })}
        />
      ))}
    </>
  );
}

export function fieldId(pointer: string): string {
  return `field${pointer}`;
}

const kindNames: { [Kind in Field["kind"]]: string } = {
  text: "text",
  number: "number",
  boolean: "true or false",
  choice: "choice",
  fixed: "fixed",
  object: "object",
  list: "list",
  json: "JSON",
};

export function FieldNotes({ field, required }: { field: Field; required: boolean }) {
  const kind = field.kind === "number" && field.integer ? "whole number" : kindNames[field.kind];
  return (
    <span class="notes">
      {required && <b>required</b>} {[kind, ...field.hints].join(", ")}
    </span>
  );
}

export function Description({ id, text }: { id: string; text: string }) {
  if (text === "") return null;
  return (
    <p class="description" id={`${id}-description`}>
      {text}
    </p>
  );
}

export function Problem({ id, text }: { id: string; text: string | undefined }) {
  if (text === undefined) return null;
  return (
    <p class="field-problem" id={`${id}-problem`}>
      {text}
    </p>
  );
}

export function RemoveButton({ label, remove }: { label: string; remove: () => void }) {
  return (
    <button type="button" class="quiet" aria-label={`Remove ${label}`} onClick={remove}>
      Remove
    </button>
  );
}
