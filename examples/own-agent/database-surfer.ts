import { defineAgent } from "../../src/index.ts"; // in a project of yours: "m1-parallel"

const FILE = /\.(?:db|sqlite)$/;
const SCHEMA = "select name, sql from sqlite_schema";

/** Looks things up in the databases that came with the task: its model writes the query, its tool runs it. */
export const databaseSurfer = defineAgent({
  name: "DatabaseSurfer",
  description: "Looks things up in the task's SQLite databases. Ask it in words, one question at a time.",
  instructions: "You are DatabaseSurfer. You answer questions about a database by one SQLite query.",
  tools: ["query-database"],
  async act({ task, instruction, model, tool }) {
    const file = task.files.find(({ path }) => FILE.test(path))?.path;
    if (file === undefined) return "No database came with the task.";
    const { text: schema } = await tool("query-database", { file, sql: SCHEMA });
    const reply = await model(`The tables of ${file}: ${schema}\n\n${instruction}\n\nReply with the SQL alone.`);
    const sql = reply.replaceAll(/```(?:sql)?/g, "").trim();
    const { text: rows } = await tool("query-database", { file, sql });
    return `I asked ${file}:\n${sql}\n\nIt answered:\n${rows}`;
  },
  // Small models don't choose who speaks (mode `rules`): there it comes once, before a program is written.
  speaksUp: (messages, { files, prompt }) =>
    files.some(({ path }) => FILE.test(path)) && !messages.some(({ from }) => from === "DatabaseSurfer")
      ? prompt
      : undefined,
});
