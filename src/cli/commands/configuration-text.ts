import type { ModelChoice } from "../../model/default-model.ts";

/** A configuration file for people to go on from: what holds stands there, what may be said stands behind `//`. */
export function configurationText(choice: ModelChoice | undefined): string {
  return `// What holds for m1p in this folder. Flags and environment variables win over it; \`m1p doctor\` shows what holds.
// It is a program of yours and is run. Keys do not belong in here: they stay in the environment.
import { defineConfig } from "m1-parallel";

export default defineConfig({
${modelLines(choice)}

  // How many teams race, or which ones, as in lineUps below.
  teams: 3,

  // Which answer ends the race: "first-answer"; "first-finisher", any team that ends; "all" waits for every team.
  // policy: "all",

  // How many answers to wait for instead of one, and how one is made of several: first, vote, llm, or llm:MODEL.
  // need: 2,
  // aggregate: "llm:openai/gpt-5.4",

  // Where a race ends at the latest, all teams together: dollars, tokens, milliseconds.
  // budget: { usd: 2, tokens: 500_000 },
  // deadlineMs: 20 * 60_000,

  // Of each team: its turns at the most, and its model's temperature.
  // maxTurns: 30,
  // temperature: 0.7,

  // Tokens that the model takes, prompt and reply together, where that is not known: conversations are kept within it.
  // contextWindow: 32_768,

  // What the teams' Python has beside numpy, pandas and scipy. \`m1p setup\` fetches it.
  // python: { packages: ["networkx"] },

  // Your own limits for a provider, over all runs of the data directory; what it announces or refuses holds beside them.
  // pacing: { openai: { requestsPerMinute: 500, tokensPerMinute: 200_000, concurrency: 16 } },

  // Where runs are kept.
  // dataDir: "/var/lib/m1p",

  // Teams by name: m1p solve --line-up mixed "…". A team is as said above, but for what it says itself. One with
  // a command is that command, WITHOUT A SANDBOX, with your files and keys.
  // lineUps: { mixed: [{ times: 2 }, { temperature: 0.2, maxTurns: 10 }], commands: [{ command: "codex exec {task}" }] },

  // Tools and agents of your own: defineTool and defineAgent make them, import them from your files.
  // tools: [],
  // agents: ["Coder", "ComputerTerminal", "FileSurfer"],
});
`;
}

function modelLines(choice: ModelChoice | undefined): string {
  const about = `  // Whom the teams ask, as \`m1p models\` lists them; of several, team i gets the i-th: ["openai/…", "anthropic/…"].`;
  if (!choice) return `${about}\n  // model: "openai/gpt-5.4-mini",`;
  return `${about}\n  // ${choice.why}\n  model: ${JSON.stringify(choice.reference)},`;
}
