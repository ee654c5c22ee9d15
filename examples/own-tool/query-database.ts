import { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { defineTool } from "../../src/index.ts"; // in a project of yours: "m1-parallel"

/** Asks a SQLite database in the team's folder, and changes nothing. */
export const queryDatabase = defineTool({
  name: "query-database",
  description: "Answers an SQL query about a SQLite file, as JSON. The table sqlite_schema says what there is.",
  parameters: z.object({ file: z.string(), sql: z.string() }),
  declare: () => ({ effect: "read", egress: [] }),
  async call({ file, sql }, { workspace }) {
    using database = new DatabaseSync(await workspace.resolveInside(file), { readOnly: true });
    try {
      const rows = database.prepare(sql).all();
      return { text: JSON.stringify(rows.slice(0, 50)), facts: { rows: rows.length } };
    } catch (error) {
      return { text: `The query failed: ${String(error)}`, facts: {} }; // for the model to correct
    }
  },
});
