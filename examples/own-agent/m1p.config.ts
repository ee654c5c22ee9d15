import { defaultAgents, defineConfig } from "../../src/index.ts"; // in a project of yours: "m1-parallel"
import { queryDatabase } from "../own-tool/query-database.ts";
import { databaseSurfer } from "./database-surfer.ts";

export default defineConfig({
  model: "scripted/rehearsal.json", // a rehearsal, which costs nothing; put a real model in its place
  teams: 2,
  tools: [queryDatabase],
  agents: [...defaultAgents, databaseSurfer],
  lineUps: {
    /** The same question to a whole team, and to one that can do nothing but look it up. */
    mixed: [{}, { agents: ["Coder", databaseSurfer], temperature: 0.3, maxTurns: 5 }],
  },
});
