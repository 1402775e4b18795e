import { type Draft, emptyDraft } from "../../form/draft.js";
import {
  Description,
  FieldNotes,
  fieldId,
  type KindProps,
  Members,
  Problem,
  RemoveButton,
} from "./field-view.js";

/** An object inside the arguments; one that is not required is there when somebody adds it. */
export function ObjectField(props: KindProps<"object">) {
  const { form, field, label, required, pointer, draft, problems, change, remove } = props;
  const id = fieldId(pointer);
  const takeAway = remove ?? (required || draft === undefined ? undefined : () => change(undefined));
  return (
    <fieldset class="field group" id={id}>
      <legend>
        {label} <FieldNotes field={field} required={required} />
      </legend>
      <Description id={id} text={field.description} />
      <Problem id={id} text={problems.get(pointer)} />
      {draft === undefined ? (
        <button
          type="button"
          class="add"
          aria-label={`Add ${label}`}
          onClick={() => change(emptyDraft(form, field))}
        >
          Add
        </button>
      ) : (
        <Members
          form={form}
          field={field}
          pointer={pointer}
          draft={draft as { [name: string]: Draft }}
          problems={problems}
          change={change}
        />
      )}
      {takeAway !== undefined && <RemoveButton label={label} remove={takeAway} />}
    </fieldset>
  );
}
