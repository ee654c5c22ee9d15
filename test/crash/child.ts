/** A process of a crash case: starts a scenario's race or resumes it, and dies where it was told to. */
import { writeSync } from "node:fs";
import { M1Error, race, resume, type LiveEvent, type Race } from "../../src/index.ts";
import { RunWaiting } from "../../src/run/engine/run-waiting.ts";
import { diskWith, killAt } from "../../src/testing/index.ts";
import { ticketToolOf } from "./ticket-tools.ts";
import { scenarioNamed } from "./scenarios.ts";
import type { Orders, Said } from "./scenario.ts";

const orders = JSON.parse(process.argv[2] ?? "") as Orders;
writeSync(1, `${JSON.stringify(await live(orders))}\n`);

async function live(given: Orders): Promise<Said> {
  try {
    const run = begin(given);
    await run.result;
    const { outcome, answer, effects } = await run.receipt;
    return { kind: "ended", outcome, answer, effects };
  } catch (error) {
    if (error instanceof RunWaiting) return { kind: "waiting", questions: error.questions };
    if (!(error instanceof M1Error)) throw error;
    const { code, message, hint } = error;
    return { kind: "failed", code, message, ...(hint === undefined ? {} : { hint }) };
  }
}

function begin({ scenario: name, act, dataDir, modelApi, tickets, kill }: Orders): Race {
  const scenario = scenarioNamed(name);
  const given = scenario.race({ tickets, model: (team) => `${modelApi}#${scenario.name}-${team}` });
  const common = {
    dataDir,
    tools: [ticketToolOf(scenario.knows, tickets)],
    ...(kill?.at === "write" ? { store: diskWith(killAt(kill.number, kill.moment)) } : {}),
    ...(kill?.at === "live" ? { onLive: killAtLive(kill.number) } : {}),
  };
  const { teams, accept } = given;
  if (act === "start") return race({ ...given, ...common });
  return resume({ run: "last", teams, ...(typeof accept === "function" ? { accept } : {}), ...common });
}

function killAtLive(number: number): (event: LiveEvent) => void {
  let seen = 0;
  return () => {
    seen += 1;
    if (seen === number) process.kill(process.pid, "SIGKILL");
  };
}
