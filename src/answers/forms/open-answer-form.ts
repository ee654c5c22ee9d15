import type { AnswerFormDescription } from "../../events/task.ts";
import type { AnswerForm } from "../../team/answer-form.ts";
import { fileForm } from "./file-form.ts";
import { listForm } from "./list-form.ts";
import { numberForm } from "./number-form.ts";

/** The form that a task wants; undefined where it wants a text. Throws `UsageError` (`schema-unusable`). */
export async function openAnswerForm(form: AnswerFormDescription | undefined): Promise<AnswerForm | undefined> {
  switch (form?.kind) {
    case "number":
      return numberForm;
    case "list":
      return listForm;
    case "file":
      return fileForm(form.path);
    case "schema": {
      // The validator is large, and few tasks need it.
      const [{ jsonSchemaCheck }, { schemaForm }] = await Promise.all([
        import("./json-schema-check.ts"),
        import("./schema-form.ts"),
      ]);
      return schemaForm(form.schema, await jsonSchemaCheck(form.schema));
    }
    default:
      return undefined;
  }
}
