import type { Chance } from "./chance.ts";
import { allOps, type Branch, type Drift, type End, type Op, type Program } from "./program.ts";
import { TOOL_NAMES } from "./tool-names.ts";

const AGENTS = ["Coder", "FileSurfer", "WebSurfer", "Terminal"];
const SUBJECTS = ["printer", "screen"];
export const ANSWERS = ["42", "42", "42", "43", "forty-four"];
const NO_ANSWERS = ["", "unknown", "I could not find it."];
const DEEPEST = 2;

/** A random team. `ended`: something ends the race from outside, so that it may hang. */
export function generateProgram(team: string, chance: Chance, ended: boolean): Program {
  const ops = opsOf(`${team}:`, chance.of("ops"), 0, chance.between(0, 6));
  const end = endOf(team, chance.of("end"), ended);
  return { team, ops, end, drift: driftOf(ops, chance.of("drift")), deaf: chance.happens(0.1) };
}

function opsOf(prefix: string, chance: Chance, depth: number, count: number): Op[] {
  return Array.from({ length: count }, (_, index) => opOf(`${prefix}${index + 1}`, chance, depth));
}

function opOf(mark: string, chance: Chance, depth: number): Op {
  const nesting = depth < DEEPEST ? 1 : 0;
  const op = chance.weigh<Op["op"]>(
    [6, "ask"],
    [6, "use"],
    [2, "tell"],
    [1, "listen"],
    [1, "breathe"],
    [nesting, "draw"],
    [2 * nesting, "all"],
    [2 * nesting, "first"],
  );
  const failing = chance.happens(0.8) ? "goes-on" : "throws";
  switch (op) {
    case "ask":
      return { op, mark, failing, long: chance.happens(0.1) };
    case "use":
      return { op, mark, failing, tool: chance.pick(TOOL_NAMES), subject: chance.pick(SUBJECTS) };
    case "tell":
      return { op, mark, turn: chance.happens(0.5) ? chance.between(1, 9) : undefined };
    case "listen":
      return { op, mark };
    case "breathe":
      return { op, mark, turns: chance.between(1, 4) };
    case "draw":
      return {
        op,
        mark,
        low: opsOf(`${mark}.low.`, chance, depth + 1, chance.between(0, 2)),
        high: opsOf(`${mark}.high.`, chance, depth + 1, chance.between(0, 2)),
      };
    case "all":
    case "first":
      return { op, mark, branches: branchesOf(mark, op, chance, depth) };
  }
}

/** The forks of a `first` are its own: those that come second still work while the team goes on. */
function branchesOf(mark: string, op: "all" | "first", chance: Chance, depth: number): Branch[] {
  return AGENTS.slice(0, chance.between(2, 3)).map((agent) => ({
    name: op === "all" ? agent : `${agent}-${mark.slice(mark.indexOf(":") + 1)}`,
    ops: opsOf(`${mark}.${agent}.`, chance, depth + 1, chance.between(0, 3)),
  }));
}

function endOf(team: string, chance: Chance, ended: boolean): End {
  const end = chance.weigh<End["end"]>(
    [12, "answer"],
    [1, "no-answer"],
    [1, "gave-up"],
    [1, "turn-limit"],
    [1, "throws"],
    [0.5, "nonsense"],
    [ended ? 2 : 0, "hangs"],
  );
  if (end === "no-answer") return { end, answer: chance.pick(NO_ANSWERS) };
  if (end !== "answer") return { end };
  const between = opsOf(`${team}:again.`, chance, DEEPEST, chance.between(0, 2));
  return { end, answer: chance.pick(ANSWERS), proposals: chance.between(0, 3), between };
}

function driftOf(ops: readonly Op[], chance: Chance): Drift | undefined {
  const places = allOps(ops).filter(({ op }) => op === "ask" || op === "use" || op === "tell");
  if (places.length === 0 || !chance.happens(0.2)) return undefined;
  const how = chance.pick(["asks-otherwise", "leaves-out", "does-more"] as const);
  return { from: chance.between(2, 3), mark: chance.pick(places).mark, how };
}
