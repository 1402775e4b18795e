import { type Draft, emptyDraft } from "../../form/draft.js";
import {
  Description,
  FieldNotes,
  FieldView,
  fieldId,
  type KindProps,
  Problem,
  RemoveButton,
} from "./field-view.js";

/** A list of fields of one schema. One that is not required is left out while it has no items. */
export function ListField(props: KindProps<"list">) {
  const { form, field, label, required, pointer, draft, problems, change, remove } = props;
  const id = fieldId(pointer);
  const items = (draft ?? []) as Draft[];
  const changeItems = (changed: Draft[]) => change(changed.length === 0 && !required ? undefined : changed);
  return (
    <fieldset class="field group" id={id}>
      <legend>
        {label} <FieldNotes field={field} required={required} />
      </legend>
      <Description id={id} text={field.description} />
      <Problem id={id} text={problems.get(pointer)} />
      {items.map((item, index) => (
        <FieldView
          // Items have no identity beside their place.
          key={index}
          form={form}
          schema={field.items}
          label={`${label} ${index + 1}`}
          required={false}
          pointer={`${pointer}/${index}`}
          draft={item}
          problems={problems}
          change={inner => changeItems(items.with(index, inner))}
          remove={() => changeItems(items.toSpliced(index, 1))}
        />
      ))}
      <button
        type="button"
        class="add"
        aria-label={`Add an item to ${label}`}
        onClick={() => changeItems([...items, emptyDraft(form, form.field(field.items))])}
      >
        Add item
      </button>
      {remove !== undefined && <RemoveButton label={label} remove={remove} />}
    </fieldset>
  );
}
