import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { startTicketSystem, type Ticket, type TicketSystem } from "../../examples/tickets/ticket-system.ts";
import { realClock } from "../../src/base/clock.ts";
import { runDirectory, runsDirectory } from "../../src/base/directories.ts";
import { toError } from "../../src/base/errors.ts";
import type { EventOf, LoggedEvent } from "../../src/events/run-event.ts";
import { hasLog } from "../../src/log/list-runs.ts";
import { SqliteLog } from "../../src/log/sqlite-log.ts";
import { EffectsFold } from "../../src/run/effects/effects-fold.ts";
import { startScriptedModel, type RequestEntry, type ScriptedModelServer } from "../fixtures/scripted-model/start.ts";
import { filesIn, processesOf, strayFiles } from "./leftovers.ts";
import type { Kill, Orders, Said, Scenario } from "./scenario.ts";

const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));
/** Compiled code of the child's modules, made once: half of its start. */
const COMPILED = fileURLToPath(new URL("../../node_modules/.cache/m1p-crash", import.meta.url));
const MOST_LIVES = 20;
const LONGEST_LIFE_MS = 60_000;

/** One process of a case. */
export interface Life {
  readonly act: Orders["act"];
  readonly kill: Kill | undefined;
  /** It was killed where it was to be; else it came to an end and said this. */
  readonly killed: boolean;
  readonly said: Said | undefined;
  /** What it printed beside, where it came to no good end. */
  readonly complaint: string;
  /** How many events the log had after it. */
  readonly events: number;
  /** Processes that outlived it by half a second, as command lines. */
  readonly outliving: readonly string[];
}

/** What there is to judge a case by when all its processes have ended. */
export interface Evidence {
  readonly scenario: Scenario;
  readonly lives: readonly Life[];
  /** Empty where nothing was begun. */
  readonly events: readonly LoggedEvent[];
  /** Why the log could not be read to its end. */
  readonly logProblem: string | undefined;
  /** What the model server got, of all processes. */
  readonly requests: readonly RequestEntry[];
  readonly tickets: readonly Ticket[];
  /** Files in the folder for temporary files, and strange ones in the data directory. */
  readonly strayFiles: readonly string[];
  /** Each team's last count, as its folder has it now. */
  readonly counts: ReadonlyMap<string, string>;
}

/** Where cases are tried one after the other; two of them may be at work at once. */
export class Lane implements AsyncDisposable {
  readonly #model: ScriptedModelServer;

  private constructor(model: ScriptedModelServer) {
    this.#model = model;
  }

  static async open(): Promise<Lane> {
    mkdirSync(COMPILED, { recursive: true });
    return new Lane(await startScriptedModel());
  }

  /** Runs a scenario in process after process, each killed as told; those after the last kill live. */
  async run(scenario: Scenario, kills: readonly Kill[]): Promise<Evidence> {
    await this.#model.play({ models: { [scenario.name]: scenario.model ?? {} } });
    const folder = mkdtempSync(path.join(tmpdir(), "m1p-crash-"));
    try {
      await using attempt = await Case.open(folder, scenario, this.#model.url);
      const lives = await attempt.toItsEnd(kills);
      const { log } = await this.#model.stats();
      return { ...attempt.evidence(), lives, requests: log };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#model[Symbol.asyncDispose]();
  }
}

class Case implements AsyncDisposable {
  readonly #folder: string;
  readonly #scenario: Scenario;
  readonly #modelApi: string;
  readonly #desk: TicketDesk;

  private constructor(folder: string, scenario: Scenario, modelApi: string, desk: TicketDesk) {
    this.#folder = folder;
    this.#scenario = scenario;
    this.#modelApi = modelApi;
    this.#desk = desk;
  }

  static async open(folder: string, scenario: Scenario, modelApi: string): Promise<Case> {
    mkdirSync(path.join(folder, "tmp"));
    return new Case(folder, scenario, modelApi, await TicketDesk.open(scenario));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#desk[Symbol.asyncDispose]();
  }

  async toItsEnd(kills: readonly Kill[]): Promise<readonly Life[]> {
    const lives: Life[] = [];
    for (;;) {
      const life = await this.#live(lives.length === 0 ? "start" : "resume", kills[lives.length]);
      lives.push(life);
      const { said, killed } = life;
      const isOver = said?.kind === "failed" || (said?.kind === "ended" && said.effects !== "pending");
      if (isOver || (!said && !killed)) return lives;
      if (lives.length === MOST_LIVES) throw new Error(`It does not come to an end: ${JSON.stringify(lives.at(-1))}`);
      if (said) await this.#decide();
    }
  }

  evidence(): Omit<Evidence, "lives" | "requests"> {
    const { events, problem } = this.#readLog();
    const { directory } = this.#run;
    return {
      scenario: this.#scenario,
      events,
      logProblem: problem,
      tickets: [...this.#desk.tickets],
      strayFiles: [...filesIn(this.#temporary), ...strayFiles(this.#dataDir, events.length > 0)],
      counts: countsIn(directory),
    };
  }

  get #dataDir(): string {
    return path.join(this.#folder, "data");
  }

  get #temporary(): string {
    return path.join(this.#folder, "tmp");
  }

  get #run(): { readonly runId: string; readonly directory: string } {
    const [runId = "none"] = filesIn(runsDirectory(this.#dataDir));
    return { runId, directory: runDirectory(this.#dataDir, runId) };
  }

  async #live(act: Orders["act"], kill: Kill | undefined): Promise<Life> {
    const orders: Orders = {
      scenario: this.#scenario.name,
      act,
      dataDir: this.#dataDir,
      modelApi: this.#modelApi,
      tickets: this.#desk.url,
      ...(kill ? { kill } : {}),
    };
    const child = this.#spawn(orders);
    this.#desk.killAt(kill, child);
    const { stdout, stderr, signal, code } = await endOf(child);
    const said = stdout.trim() === "" ? undefined : (JSON.parse(stdout) as Said);
    const complaint = said ? stderr : `${stderr}${signal ?? `exit code ${code}`}`;
    const killed = signal === "SIGKILL" && kill !== undefined;
    const outliving = await processesOf(this.#folder);
    return { act, kill, killed, said, complaint, events: this.#readLog().events.length, outliving };
  }

  #spawn(orders: Orders): ChildProcess {
    const { PATH, HOME, M1P_CACHE_DIR } = process.env;
    return spawn(process.execPath, [CHILD, JSON.stringify(orders)], {
      env: {
        PATH,
        HOME,
        ...(M1P_CACHE_DIR ? { M1P_CACHE_DIR } : {}),
        TMPDIR: this.#temporary,
        NODE_COMPILE_CACHE: COMPILED,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  #readLog(): { readonly events: LoggedEvent[]; readonly problem: string | undefined } {
    const { runId, directory } = this.#run;
    const events: LoggedEvent[] = [];
    if (!hasLog(directory)) return { events, problem: undefined };
    try {
      const log = SqliteLog.open({ directory, runId, clock: realClock, readOnly: true });
      for (const event of log.read()) events.push(event);
      void log.close();
      return { events, problem: undefined };
    } catch (error) {
      return { events, problem: toError(error).message };
    }
  }

  /** The person who is asked: looks at the ticket system before deciding. */
  async #decide(): Promise<void> {
    const { runId, directory } = this.#run;
    const log = SqliteLog.open({ directory, runId, clock: realClock });
    const fold = new EffectsFold();
    for (const event of log.read()) fold.apply(event);
    const person = await log.acquire("person");
    for (const { question, arguments: args } of fold.openQuestions) {
      const ticket = this.#desk.tickets.find(({ title }) => title === args["title"]);
      const decision = ticket
        ? ({ decision: "done", text: `ticket ${ticket.number}` } as const)
        : ({ decision: "again" } as const);
      const answered: EventOf<"question-answered"> = { type: "question-answered", question, by: "tester", ...decision };
      await person.append([answered]);
    }
    await log.close();
  }
}

/** The ticket system of one case, which may kill the process that calls it. */
class TicketDesk implements AsyncDisposable {
  readonly #system: TicketSystem;
  #kill: { readonly kill: Kill; readonly child: ChildProcess } | undefined;
  #calls = 0;

  private constructor(system: TicketSystem) {
    this.#system = system;
  }

  static async open({ knows, breaksOn = [] }: Scenario): Promise<TicketDesk> {
    const toBreak = new Set(breaksOn);
    let opened: TicketDesk | undefined;
    const system = await startTicketSystem({
      knows,
      before: (moment, title) => {
        if (opened) opened.#reach(moment);
        if (moment === "telling" && toBreak.delete(title)) throw new Error("The reply is lost.");
      },
    });
    opened = new TicketDesk(system);
    return opened;
  }

  get url(): string {
    return this.#system.url;
  }

  get tickets(): readonly Ticket[] {
    return this.#system.tickets;
  }

  /** From now on that process calls, and is killed where it is to be. */
  killAt(kill: Kill | undefined, child: ChildProcess): void {
    this.#calls = 0;
    this.#kill = kill && { kill, child };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#system[Symbol.asyncDispose]();
  }

  #reach(moment: "opening" | "telling"): void {
    if (moment === "opening") this.#calls += 1;
    if (!this.#kill) return;
    const { kill, child } = this.#kill;
    if (kill.at === "ticket" && kill.number === this.#calls && kill.moment === moment) child.kill("SIGKILL");
  }
}

async function endOf(child: ChildProcess) {
  let [stdout, stderr] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const stop = realClock.timer(LONGEST_LIFE_MS, () => {
    stderr += "It hung, and was ended: ";
    child.kill("SIGTERM");
  });
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  stop();
  return { stdout, stderr, signal, code };
}

function countsIn(directory: string): ReadonlyMap<string, string> {
  const counts = new Map<string, string>();
  for (const team of filesIn(path.join(directory, "workspaces"))) {
    const folder = path.join(directory, "workspaces", team);
    if (readdirSync(folder).includes("count"))
      counts.set(team, readFileSync(path.join(folder, "count"), "utf8").trim());
  }
  return counts;
}
