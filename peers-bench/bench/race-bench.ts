import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startScriptedModel, type ScriptedModelServer } from "../../test/fixtures/scripted-model/start.ts";
import { measure, tellOf, type Told } from "./child.ts";
import { startRecorder } from "./recorder.ts";

const AUTOGEN = fileURLToPath(new URL("../peers/autogen/race.py", import.meta.url));

/** What one race of either side tells. Times are of the process itself, `returnedAt` is of the system's clock. */
export interface Raced {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly returnedAt: number;
  readonly peakKiB: number;
}

export interface OursRaced extends Raced {
  readonly liveKiB: number;
  readonly outcome: string;
  /** Teams that ended. */
  readonly finished: number;
  readonly calls: number;
}

export interface RawRaced {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly calls: number;
}

export interface RaceSetting {
  readonly teams: number;
  readonly policy: "all" | "first";
  readonly weigh?: boolean;
  readonly runCode?: boolean;
}

/** The ledgers of AutoGen: as structured output, or as JSON in plain text. */
export type AutogenLedger = "structured" | "json";

/**
 * Owns: the scripted server that all sides race against, and the folder of their data.
 * Does not own: what is asked and how the figures are read (`races.ts`).
 */
export class RaceBench implements AsyncDisposable {
  readonly server: ScriptedModelServer;
  readonly #python: string;
  readonly #folder: string;
  readonly #signal: AbortSignal;
  /** Files of bodies, by scenario. */
  readonly #recorded = new Map<string, string>();

  private constructor(server: ScriptedModelServer, python: string, folder: string, signal: AbortSignal) {
    this.server = server;
    this.#python = python;
    this.#folder = folder;
    this.#signal = signal;
  }

  static async open(python: string, signal: AbortSignal): Promise<RaceBench> {
    const folder = await mkdtemp(join(tmpdir(), "m1p-races-"));
    return new RaceBench(await startScriptedModel(), python, folder, signal);
  }

  /** `sim` is what the teams play; `warm` the races that a process begins with, unmeasured. */
  async play(sim: object): Promise<void> {
    await this.server.play({ models: { sim, warm: { rounds: 20, participants: ["Coder"] } } });
  }

  ours({ teams, policy, weigh = false }: RaceSetting): Promise<Told<OursRaced>> {
    const environment = weigh ? { WEIGH: "1" } : {};
    const folder = join(this.#folder, "runs");
    return measure("race", [this.server.url, teams, policy, folder], { signal: this.#signal, environment });
  }

  autogen({ teams, policy, runCode = false }: RaceSetting, ledger: AutogenLedger): Promise<Told<Raced>> {
    const given = [AUTOGEN, "--url", this.server.url, "--teams", String(teams)];
    given.push("--answers", String(policy === "all" ? teams : 1));
    if (ledger === "json") given.push("--json-ledger");
    if (runCode) given.push("--run-code");
    return tellOf(this.#python, given, { signal: this.#signal });
  }

  /** What one team of ours asks in the scenario, asked again by bare fetch, once for each team. */
  async raw(sim: object, teams: number): Promise<Told<RawRaced>> {
    const file = await this.#record(sim);
    await this.play(sim);
    return await measure("raw-race", [this.server.url, teams, file], { signal: this.#signal });
  }

  async #record(sim: object): Promise<string> {
    const scenario = JSON.stringify(sim);
    const known = this.#recorded.get(scenario);
    if (known !== undefined) return known;
    const file = join(this.#folder, `bodies-${this.#recorded.size}.json`);
    await this.play({ ...sim, latency_ms: 0 });
    await using recorder = await startRecorder(this.server.url);
    const folder = join(this.#folder, "recorded");
    await measure("race", [recorder.url, 1, "all", folder], { signal: this.#signal });
    await writeFile(file, JSON.stringify(recorder.bodies.filter(({ model }) => model.startsWith("sim"))));
    this.#recorded.set(scenario, file);
    return file;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
