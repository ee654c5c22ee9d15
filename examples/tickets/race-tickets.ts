/**
 * Three teams race; each reports the outage at once, since it needs the ticket's number, and stages a report for
 * the end. In the end there is one ticket of each, also when this process is killed at any moment and resumed.
 *
 *   node examples/tickets/ticket-system.ts &
 *   node examples/tickets/race-tickets.ts http://127.0.0.1:8080
 *   node examples/tickets/race-tickets.ts http://127.0.0.1:8080 --resume last     after a crash
 *   npm run -s m1p -- approvals                                                   where a person must decide
 */
import { parseArgs } from "node:util";
import { functionTeam, M1Error, race, resume, type Tool } from "../../src/index.ts"; // in a project of yours: "m1-parallel"
import type { Knows } from "./ticket-system.ts";
import { ticketToolWithStatus } from "./ticket-tool-with-status.ts";
import { ticketTool } from "./ticket-tool.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** What the ticket system knows of calls that come twice: `keys`, `references` or `nothing`. */
    knows: { type: "string", default: "keys" },
    teams: { type: "string", default: "3" },
    resume: { type: "string" },
  },
});

const team = functionTeam(
  "reporter",
  async ({ steps }) => {
    const { text } = await steps.tool({
      tool: "open-ticket",
      arguments: { title: "The printer is broken", now: true },
    });
    await steps.tool({ tool: "open-ticket", arguments: { title: `Report on ${text}` } });
    return `Reported with ${text}.`;
  },
  { tools: ["open-ticket"] },
);

const teams = Array.from({ length: Number(values.teams) }, () => team);
const tools = [toolFor(positionals[0] ?? "http://127.0.0.1:8080", values.knows as Knows)];
const task = "Report that the printer is broken.";
const run = values.resume === undefined ? race({ task, teams, tools }) : resume({ run: values.resume, teams, tools });
console.log(`Run ${run.id}`);
try {
  const { answer } = await run.result;
  const { effects } = await run.receipt;
  console.log(`${answer} External calls: ${effects}.`);
  if (effects === "pending") process.exitCode = 6;
} catch (error) {
  if (!(error instanceof M1Error && error.code === "run-waiting")) throw error;
  console.log(error.message, error.hint);
  process.exitCode = 6;
}

function toolFor(url: string, knows: Knows): Tool {
  if (knows === "references") return ticketToolWithStatus(url);
  // A tool must not say that keys are heeded where they are not.
  return knows === "keys" ? ticketTool(url) : { ...ticketTool(url), idempotent: false };
}
