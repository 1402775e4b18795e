// The element that a value is typed into or chosen with.

import type { Draft } from "../../form/draft.js";
import type { Field } from "../../form/field.js";

interface ControlProps {
  id: string;
  field: Field;
  draft: Draft;
  problem: string | undefined;
  required: boolean;
  change(draft: Draft): void;
}

export function Control({ id, field, draft, problem, required, change }: ControlProps) {
  const described = [
    ...(field.description === "" ? [] : [`${id}-description`]),
    ...(problem === undefined ? [] : [`${id}-problem`]),
  ];
  const common = {
    id,
    "aria-invalid": problem !== undefined,
    "aria-required": required,
    "aria-describedby": described.join(" ") || undefined,
  };
  const typed = draft === undefined ? "" : String(draft);
  switch (field.kind) {
    case "number":
      return (
        <input
          {...common}
          type="text"
          inputMode={field.integer ? "numeric" : "decimal"}
          autoComplete="off"
          value={typed}
          onInput={event => change(event.currentTarget.value)}
        />
      );
    case "boolean":
      return (
        <Select
          {...common}
          labels={["true", "false"]}
          index={draft === undefined ? undefined : draft === true ? 0 : 1}
          choose={index => change(index === undefined ? undefined : index === 0)}
        />
      );
    case "choice":
      return (
        <Select
          {...common}
          labels={field.choices.map(({ label }) => label)}
          index={draft as number | undefined}
          choose={change}
        />
      );
    case "fixed":
      return (
        <label class="check">
          <input
            {...common}
            type="checkbox"
            checked={draft === true}
            onChange={event => change(event.currentTarget.checked ? true : undefined)}
          />
          <code>{JSON.stringify(field.value)}</code>
        </label>
      );
    default:
      return (
        <textarea
          {...common}
          class={field.kind === "json" ? "code" : ""}
          rows={field.kind === "json" ? 3 : 1}
          spellcheck={false}
          value={typed}
          onInput={event => change(event.currentTarget.value)}
        />
      );
  }
}

interface SelectProps {
  id: string;
  labels: string[];
  /** Undefined: nothing is chosen. */
  index: number | undefined;
  choose(index: number | undefined): void;
}

function Select({ labels, index, choose, ...common }: SelectProps) {
  return (
    <select
      {...common}
      value={index === undefined ? "" : String(index)}
      onChange={({ currentTarget: { value } }) => choose(value === "" ? undefined : Number(value))}
    >
      <option value="">not given</option>
      {labels.map((label, at) => (
        <option key={at} value={String(at)}>
          {label}
        </option>
      ))}
    </select>
  );
}
