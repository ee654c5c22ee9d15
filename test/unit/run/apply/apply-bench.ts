import { execFileSync } from "node:child_process";
import fs, { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { realClock } from "../../../../src/base/clock.ts";
import { runDirectory } from "../../../../src/base/directories.ts";
import type { RunEvent } from "../../../../src/events/run-event.ts";
import { SqliteLog } from "../../../../src/log/sqlite-log.ts";
import { applyRun, type ApplyOptions, type ApplyResult } from "../../../../src/run/apply/apply-run.ts";
import { importFolder } from "../../../../src/tools/workspace/import-folder.ts";
import { emptySnapshot } from "../../../../src/tools/workspace/manifest.ts";
import { removeFolder } from "../../../../src/tools/workspace/remove-entry.ts";
import { Workspace } from "../../../../src/tools/workspace/workspace.ts";
import { started } from "../../../contract/run-log-events.ts";

const RUN = "0199-run";

/** Files by their paths: text, a link's target, a mode; null removes. */
export type Files = Readonly<
  Record<string, string | Buffer | null | { readonly link: string } | { readonly text: string; readonly mode: number }>
>;

export function write(folder: string, files: Files): void {
  for (const [name, content] of Object.entries(files)) {
    const place = path.join(folder, name);
    rmSync(place, { recursive: true, force: true });
    if (content === null) continue;
    mkdirSync(path.dirname(place), { recursive: true });
    if (typeof content === "string" || Buffer.isBuffer(content)) writeFileSync(place, content);
    else if ("link" in content) symlinkSync(content.link, place);
    else {
      writeFileSync(place, content.text);
      chmodSync(place, content.mode);
    }
  }
}

/** Settings of the machine must not decide what a test sees. */
const ENVIRONMENT = {
  PATH: process.env["PATH"],
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "A",
  GIT_AUTHOR_EMAIL: "a@localhost",
  GIT_COMMITTER_NAME: "A",
  GIT_COMMITTER_EMAIL: "a@localhost",
};

export function git(folder: string, ...args: string[]): string {
  return execFileSync("git", ["-C", folder, ...args], { env: ENVIRONMENT }).toString();
}

/** A run of two teams, made by hand: a person's folder, what team-1 did in a copy of it, and its log. */
export class ApplyBench implements AsyncDisposable {
  readonly #place = mkdtempSync(path.join(fs.realpathSync(tmpdir()), "m1p-apply-"));
  readonly folder = path.join(this.#place, "project");
  readonly dataDir = path.join(this.#place, "data");
  readonly runDirectory = runDirectory(this.dataDir, RUN);
  readonly outside = path.join(this.#place, "outside");

  constructor(files: Files = {}, options: { readonly git?: boolean } = {}) {
    mkdirSync(this.folder);
    mkdirSync(this.outside);
    write(this.folder, files);
    if (options.git === false) return;
    git(this.folder, "init", "-q", "-b", "main");
    this.commit("first");
  }

  commit(message: string): void {
    git(this.folder, "add", "-A", "-f");
    git(this.folder, "commit", "-q", "--allow-empty", "-m", message);
  }

  /** What team-1 does in its folder; `workdir: false` where the run started from none. */
  async run(
    work: (root: string) => void,
    options: {
      readonly workdir?: false;
      readonly winner?: string | null;
      readonly files?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<void> {
    const log = SqliteLog.create({ directory: this.runDirectory, runId: RUN, clock: realClock });
    try {
      const { blobs } = log;
      const start =
        options.workdir === false
          ? undefined
          : await importFolder({ folder: this.folder, dataDirectory: this.dataDir, blobs });
      const workspace = await Workspace.create({ runDirectory: this.runDirectory, team: "team-1" });
      await workspace.restore(blobs, start?.snapshot.id ?? (await emptySnapshot(blobs)));
      const files = Object.entries(options.files ?? {}).map(([name, text]) => ({
        name,
        bytes: Buffer.from(text),
      }));
      const placed = await workspace.place(files);
      const first = await workspace.snapshot(blobs);
      work(workspace.root);
      const last = await workspace.snapshot(blobs);
      const team = { team: "team-1", kind: "function", models: [], tools: [] };
      const run = await log.acquire("run");
      await run.append([
        {
          ...started(RUN),
          teams: [team, { ...team, team: "team-2" }],
          ...(start ? { workdir: { path: start.path, snapshot: start.snapshot.id } } : {}),
        },
      ]);
      const writer = await log.acquire("team-1");
      await writer.append([
        { type: "workspace-opened", snapshot: first.id, files: placed },
        finishedStep("team-1/Coder/1", last.id),
      ]);
      const { winner = "team-1" } = options;
      await run.append([
        {
          type: "race-decided",
          outcome: winner === null ? "unanswered" : "answered",
          answer: "done",
          why: "It was first.",
          winner,
          findings: null,
          latencyMs: 1,
        },
      ]);
    } finally {
      await log.close();
    }
  }

  apply(options: Partial<ApplyOptions> = {}): Promise<ApplyResult> {
    return applyRun({ run: "last", dataDir: this.dataDir, environment: ENVIRONMENT, ...options });
  }

  read(name: string): string {
    return fs.readFileSync(path.join(this.folder, name), "utf8");
  }

  /** What git says is different, without what the run left alone. */
  status(): string[] {
    return git(this.folder, "status", "--porcelain", "--untracked-files=all").split("\n").filter(Boolean).sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeFolder(this.#place);
  }
}

function finishedStep(key: string, snapshot: string): RunEvent {
  return { type: "step-finished", key, status: "succeeded", attempts: 1, durationMs: 1, snapshot };
}
