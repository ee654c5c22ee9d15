import {
  all,
  Conversation,
  firstAnswers,
  functionTeam,
  llm,
  magenticOne,
  type Team,
  type TeamContext,
} from "../../src/index.ts";
import type { StepContext } from "../../src/index.ts";
import type { Place, Scenario } from "./scenario.ts";

const TOOLS = ["terminal", "open-ticket"];
/** A program that would count two if it ran twice in one folder. It tells what it does while it is at it. */
const COUNT = [
  "n=$(cat count 2>/dev/null || echo 0)",
  "n=$((n + 1))",
  'echo "$n" > count',
  'mkdir -p deep/er && echo "$n" > deep/er/copy',
  "echo counted",
  'echo "$n"',
].join("\n");
const COUNT_IN_PYTHON = [
  "import pathlib",
  'file = pathlib.Path("count")',
  "n = int(file.read_text()) + 1 if file.exists() else 1",
  "file.write_text(str(n))",
  'print("counted")',
  "print(n)",
].join("\n");

/** A conversation that grows, so that no two of its calls are equally long. */
class Talk {
  readonly #steps: StepContext;
  #conversation: Conversation;

  constructor(steps: StepContext, beginning: string) {
    this.#steps = steps;
    this.#conversation = Conversation.of({ role: "system", content: beginning });
  }

  async ask(question: string): Promise<string> {
    const asked = this.#conversation.append({ role: "user", content: question });
    const { text } = await this.#steps.model({ conversation: asked });
    this.#conversation = asked.append({ role: "assistant", content: text });
    return text;
  }
}

const count = (steps: StepContext) => steps.tool({ tool: "terminal", arguments: { language: "sh", code: COUNT } });
const openNow = (steps: StepContext, title: string) =>
  steps.tool({ tool: "open-ticket", arguments: { title, now: true } });
const stage = (steps: StepContext, title: string) => steps.tool({ tool: "open-ticket", arguments: { title } });

type Solve = (context: TeamContext) => Promise<string | Awaited<ReturnType<Team["solve"]>>>;

function line(count: number, solve: Solve): Scenario["race"] {
  return ({ model }: Place) => ({
    task: "What is six times seven?",
    teams: Array.from({ length: count }, (_, team) =>
      functionTeam("crash", solve, { model: model(team), tools: TOOLS }),
    ),
  });
}

const gaveUp = { outcome: "gave-up", findings: "nothing", reason: "It is no use.", turns: 1 } as const;

/** All that a run is made of, once. */
async function shortest({ team, steps }: TeamContext): Promise<string> {
  const talk = new Talk(steps, `You are ${team}.`);
  await talk.ask("What is to be done?");
  await count(steps);
  await openNow(steps, "for all");
  await stage(steps, `by ${team}`);
  return `42 by ${team}`;
}

/** Talks, counts and acts; only team-2 has an answer, after all the others are at work. */
async function oneAnswers(context: TeamContext): Promise<string | typeof gaveUp> {
  const { team, steps } = context;
  const talk = new Talk(steps, `You are ${team}.`);
  await talk.ask("What is to be done?");
  await count(steps);
  await openNow(steps, "for all");
  await steps.report({ type: "turn-started", turn: 1 });
  await talk.ask("What next?");
  await stage(steps, `first by ${team}`);
  await count(steps);
  await stage(steps, `second by ${team}`);
  if (team === "team-2") return "42";
  for (const word of ["one", "two", "three", "four"]) await talk.ask(`And ${word}?`);
  return gaveUp;
}

async function forks({ team, steps }: TeamContext): Promise<string> {
  await new Talk(steps, `You are ${team}.`).ask("What is to be done?");
  const parts = ["Coder", "FileSurfer", "WebSurfer"].map(async (name) => {
    const fork = steps.fork(name);
    const talk = new Talk(fork, `You are ${name} of ${team}.`);
    await talk.ask("What do you see?");
    await count(fork);
    await fork.report({ type: "agent-spoke", agent: name, text: "I have counted." });
    await talk.ask("What now?");
    await stage(fork, `by ${name}`);
  });
  await Promise.all(parts);
  await openNow(steps, "for all");
  return "42";
}

/** Its first answer is refused. */
async function persists({ team, steps }: TeamContext): Promise<Awaited<ReturnType<Team["solve"]>>> {
  const talk = new Talk(steps, `You are ${team}.`);
  for (const answer of ["41", "42"]) {
    await talk.ask(`Is it ${answer}?`);
    await count(steps);
    await stage(steps, `for ${answer}`);
    const proposal = { answer, findings: "counted", reason: "It was counted.", turns: 1 };
    const reply = await steps.propose(proposal);
    if (reply.kind === "accepted") return { outcome: "answered", ...proposal };
    await steps.report({ type: "agent-spoke", agent: "Team", text: `It was ${reply.kind}.` });
  }
  return gaveUp;
}

async function asksPerson({ team, steps }: TeamContext): Promise<string> {
  const talk = new Talk(steps, `You are ${team}.`);
  await talk.ask("What is to be done?");
  await openNow(steps, "lost on the way");
  await talk.ask("And now?");
  await stage(steps, "in the end");
  return "42";
}

async function stagesMany({ steps }: TeamContext): Promise<string> {
  for (const title of ["one", "two", "three", "four"]) await stage(steps, title);
  return "42";
}

async function talksForEver({ team, steps }: TeamContext): Promise<string> {
  const talk = new Talk(steps, `You are ${team}.`);
  await count(steps);
  await stage(steps, `by ${team}`);
  for (let turn = 1; ; turn += 1) await talk.ask(`What comes ${"after that, and ".repeat(turn)}then?`);
}

/** Two have answers, of which a model makes one; the third is stopped in the middle of its talk. */
async function aggregated(context: TeamContext): Promise<Awaited<ReturnType<Solve>>> {
  const { team, steps } = context;
  if (team === "team-3") return await talksForEver(context);
  const talk = new Talk(steps, `You are ${team}.`);
  await talk.ask("What is to be done?");
  await openNow(steps, "for all");
  await count(steps);
  await stage(steps, `by ${team}`);
  return team === "team-1" ? "41" : "42";
}

const SCENARIOS: readonly Scenario[] = [
  ...(["keys", "references", "nothing"] as const).map((knows): Scenario => ({
    name: `shortest-${knows}`,
    about: `one team: a model call, a program, a permit call, a staged call; the ticket system knows ${knows}`,
    teams: 1,
    atOnce: 1,
    knows,
    course: "one",
    race: line(1, shortest),
  })),
  {
    name: "four-answer",
    about: "the same by four teams, each of which may win",
    teams: 4,
    atOnce: 1,
    knows: "keys",
    model: { latency_ms: { uniform: [2, 20] } },
    course: "several",
    race: line(4, shortest),
  },
  {
    name: "one-of-four",
    about: "four teams, longer; one can win; the ticket system knows references",
    teams: 4,
    atOnce: 1,
    knows: "references",
    model: { latency_ms: { uniform: [2, 20] } },
    course: "one-winner",
    race: line(4, oneAnswers),
  },
  {
    name: "forks",
    about: "two teams of three members at work at once",
    teams: 2,
    atOnce: 3,
    knows: "keys",
    model: { latency_ms: { uniform: [2, 20] } },
    course: "several",
    race: line(2, forks),
  },
  {
    name: "rejection",
    about: "an answer that the acceptance refuses, then one that it takes",
    teams: 1,
    atOnce: 1,
    knows: "keys",
    course: "one",
    race: (place) => ({
      ...line(1, persists)(place),
      accept: async ({ answer }) =>
        answer === "42" ? { verdict: "accept", reason: "Right." } : { verdict: "reject", reason: "Look again." },
    }),
  },
  {
    name: "question",
    about: "a call whose reply is lost: a person is asked, and answers between two processes",
    teams: 1,
    atOnce: 1,
    knows: "nothing",
    breaksOn: ["lost on the way"],
    course: "one",
    race: line(1, asksPerson),
  },
  {
    name: "closing",
    about: "four staged calls and nothing else: the end of a run",
    teams: 1,
    atOnce: 1,
    knows: "references",
    course: "one",
    race: line(1, stagesMany),
  },
  {
    name: "budget",
    about: "two teams that talk until the budget of tokens is spent",
    teams: 2,
    atOnce: 1,
    knows: "keys",
    model: { latency_ms: 2 },
    course: "several",
    race: (place) => ({ ...line(2, talksForEver)(place), budget: { tokens: 600 } }),
  },
  {
    name: "deadline",
    about: "a team whose second model call outlasts the deadline",
    teams: 1,
    atOnce: 1,
    knows: "keys",
    model: { faults: [{ kind: "other", at: 2, count: 99, type: "hang", ms: 60_000 }] },
    course: "several",
    race: (place) => ({ ...line(1, talksForEver)(place), deadlineMs: 500 }),
  },
  {
    name: "aggregated",
    about: "three teams: when two have answered a model makes one answer of theirs, and the third is stopped",
    teams: 3,
    aggregates: true,
    atOnce: 1,
    knows: "keys",
    model: { answer: "42", latency_ms: { uniform: [2, 20] } },
    course: "one-winner",
    race: (place) => ({
      ...line(3, aggregated)(place),
      policy: firstAnswers(2),
      aggregate: llm({ model: place.model(3) }),
    }),
  },
  {
    name: "magentic-one",
    about: "two whole Magentic-One teams that code and run what they coded; all must answer",
    teams: 2,
    atOnce: 1,
    knows: "keys",
    model: { rounds: 5, participants: ["Coder", "ComputerTerminal"], answer: "42", code: COUNT_IN_PYTHON },
    course: "several",
    race: ({ model }) => ({
      task: "What is six times seven?",
      teams: magenticOne({ model: [model(0), model(1)] }).times(2),
      policy: all(),
    }),
  },
];

export function scenarioNamed(name: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (!found) throw new Error(`There is no scenario "${name}": ${SCENARIOS.map((each) => each.name).join(", ")}`);
  return found;
}

export const SCENARIO_NAMES: readonly string[] = SCENARIOS.map(({ name }) => name);
