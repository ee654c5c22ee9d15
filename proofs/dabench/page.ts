import { bootstrap, mean, quantile, type Estimate } from "../../src/bench/bootstrap.ts";
import type { DabenchQuestion } from "../../src/bench/index.ts";
import type { ProofResult, ResultTable } from "../../scripts/proof/proof.ts";
import { ARMS, ONE_TEAM, VOTE } from "./arms.ts";
import type { Raced } from "./raced.ts";

interface Circumstances {
  readonly model: string;
  readonly deadlineMs: number;
  /** Races that earlier processes recorded. */
  readonly resumed: number;
}

/** A question with its races, in the order of the arms. */
interface Row {
  readonly question: DabenchQuestion;
  readonly races: readonly Raced[];
}

/** The page of the proof. It holds when every question was raced in every arm, whatever came out. */
export function pageOf(
  questions: readonly DabenchQuestion[],
  raced: readonly Raced[],
  { model, deadlineMs, resumed }: Circumstances,
): ProofResult {
  const rows = questions.map((question) => ({
    question,
    races: raced.filter((race) => race.question === question.id),
  }));
  const modes = [...new Set(raced.flatMap((race) => race.modes))].join(", ");
  return {
    title: "DABench: one team against three",
    summary:
      `The first ${questions.length} questions by id of the half of InfiAgent-DABench that we have, each raced once with one team, with three and the first answer, and with three and a vote over all their answers ` +
      `(of equals the earlier answer), one after another; local/${model}, orchestrator mode: ${modes}. Right is what DABench's closed-form evaluation counts as right, on the answer as it is: no model puts it into form. ` +
      `Wrong are also races without an answer. Every race ends after ${deadlineMs / 1_000} s and is judged by the answers that are there. Intervals are 95%, by paired bootstrap over the questions. ` +
      `The teams of a race share the machine's cores, so three are slower here than three that ask a provider; the gain in latency is what this machine gives, not what k teams can give. ${resumed} of ${raced.length} races were ` +
      "recorded by an earlier process and are not in the minutes above. Every race is in dabench-races.jsonl; dabench-runs.jsonl has the runs of single teams that went to their end, for `m1p evaluate`.",
    holds: rows.every(({ races }) => races.length === ARMS.length),
    tables: [armTable(rows), comparison(rows), levelTable(rows), questionTable(rows)],
  };
}

function armTable(rows: readonly Row[]): ResultTable {
  const names = ARMS.map(({ name }) => name);
  const right = bootstrap([rows], ([drawn = []]) => names.map((name) => rate(drawn, name)));
  return {
    heading: "By arm",
    columns: [
      "arm",
      "right",
      "share right",
      "no answer",
      "mean s",
      "median s",
      "slowest s",
      "mean tokens",
      "mean model calls",
    ],
    rows: names.map((name, index) => {
      const races = racesOf(rows, name);
      const seconds = races.map((race) => race.seconds);
      const ordered = seconds.toSorted((one, other) => one - other);
      return [
        name,
        `${races.filter((race) => race.right).length} of ${races.length}`,
        share(right[index]),
        races.filter((race) => race.answer === null).length,
        mean(seconds).toFixed(1),
        quantile(ordered, 0.5).toFixed(1),
        (ordered.at(-1) ?? 0).toFixed(1),
        mean(races.map((race) => race.tokens)).toFixed(0),
        mean(races.map((race) => race.calls)).toFixed(1),
      ];
    }),
  };
}

/** Against one team, on the same questions; the last row is what the best possible choice among the three would give. */
function comparison(rows: readonly Row[]): ResultTable {
  const others = ARMS.map(({ name }) => name).filter((name) => name !== ONE_TEAM);
  const gains = bootstrap([rows], ([drawn = []]) => [
    ...others.flatMap((name) => [
      rate(drawn, name) - rate(drawn, ONE_TEAM),
      meanSeconds(drawn, ONE_TEAM) / meanSeconds(drawn, name),
      meanTokens(drawn, name) / meanTokens(drawn, ONE_TEAM),
    ]),
    oracle(drawn) - rate(drawn, ONE_TEAM),
  ]);
  const onlyOne = (name: string, against: string) =>
    rows.filter((row) => isRight(row, name) && !isRight(row, against)).length;
  return {
    heading: `Against ${ONE_TEAM}, by question`,
    columns: ["arm", "points gained", `right only here`, `right only with ${ONE_TEAM}`, "speed-up", "times its tokens"],
    rows: [
      ...others.map((name, index) => [
        name,
        points(gains[3 * index]),
        onlyOne(name, ONE_TEAM),
        onlyOne(ONE_TEAM, name),
        times(gains[3 * index + 1]),
        times(gains[3 * index + 2]),
      ]),
      [`${VOTE}, with a perfect choice of the three`, points(gains.at(-1)), "", "", "", ""],
    ],
  };
}

function levelTable(rows: readonly Row[]): ResultTable {
  const levels = [...new Set(rows.map(({ question }) => question.level))];
  const names = ARMS.map(({ name }) => name);
  return {
    heading: "Right answers by the question's level",
    columns: ["level", "questions", ...names],
    rows: levels.map((level) => {
      const those = rows.filter(({ question }) => question.level === level);
      return [level, those.length, ...names.map((name) => racesOf(those, name).filter((race) => race.right).length)];
    }),
  };
}

function questionTable(rows: readonly Row[]): ResultTable {
  return {
    heading: "Each question",
    columns: ["id", "level", ...ARMS.flatMap(({ name }) => [`${name}: right`, "s", "tokens", "answer"]), "wanted"],
    rows: rows.map(({ question, races }) => [
      question.id,
      question.level,
      ...ARMS.flatMap(({ name }) => {
        const race = races.find((each) => each.arm === name);
        if (!race) return ["", "", "", ""];
        const answer = race.answer ?? `(${race.outcome})`;
        return [race.right ? "yes" : "no", race.seconds.toFixed(1), race.tokens, short(answer)];
      }),
      short(question.truth.map(([name, value]) => `@${name}[${value}]`).join(" ")),
    ]),
  };
}

function short(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= 80 ? line : `${line.slice(0, 79)}…`;
}

function racesOf(rows: readonly Row[], arm: string): readonly Raced[] {
  return rows.flatMap(({ races }) => races.filter((race) => race.arm === arm));
}

function isRight({ races }: Row, arm: string): boolean {
  return races.some((race) => race.arm === arm && race.right);
}

function rate(rows: readonly Row[], arm: string): number {
  return mean(rows.map((row) => (isRight(row, arm) ? 1 : 0)));
}

function oracle(rows: readonly Row[]): number {
  return mean(rows.map(({ races }) => (races.find(({ arm }) => arm === VOTE)?.runs.some((run) => run.right) ? 1 : 0)));
}

function meanSeconds(rows: readonly Row[], arm: string): number {
  return mean(racesOf(rows, arm).map((race) => race.seconds));
}

function meanTokens(rows: readonly Row[], arm: string): number {
  return mean(racesOf(rows, arm).map((race) => race.tokens));
}

function share(estimate: Estimate | undefined): string {
  return inWords(estimate, (value) => `${(100 * value).toFixed(0)}%`);
}

function points(estimate: Estimate | undefined): string {
  return inWords(estimate, (value) => `${value > 0 ? "+" : ""}${(100 * value).toFixed(1)}`);
}

function times(estimate: Estimate | undefined): string {
  return inWords(estimate, (value) => `${value.toFixed(2)}x`);
}

function inWords(estimate: Estimate | undefined, word: (value: number) => string): string {
  if (!estimate) return "";
  return `${word(estimate.value)} (${word(estimate.low)} to ${word(estimate.high)})`;
}
