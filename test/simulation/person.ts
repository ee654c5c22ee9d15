import type { EventOf, RunEvent } from "../../src/events/run-event.ts";
import { uuidOf } from "../../src/base/ids.ts";
import { LogFenced } from "../../src/log/run-log.ts";
import { Life } from "./life.ts";
import type { World } from "./world.ts";

const LOOKS_AGAIN_MS = 10_000;

/** Answers what the run asks, after a while and from a process of its own, as `m1p approve` does. */
export class SimulatedPerson {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    world.onQuestion = (question) => this.#isAsked(question);
  }

  /** Tells teams something while they work. */
  sendInputs(): void {
    const { clock, scenario, witness } = this.#world;
    for (const [index, { at, team }] of scenario.inputs.entries()) {
      const input = { kind: "message", text: `word ${index}` } as const;
      clock.timer(at, () => {
        if (witness.begun && !witness.decided) this.#append({ type: "input-sent", team, input });
      });
    }
  }

  #isAsked(question: EventOf<"question-asked">): void {
    const { person } = this.#world.scenario;
    this.#world.notes.count(`questions about a ${question.about}`);
    if (person.answers !== "never") this.#world.clock.timer(person.delay, () => this.#consider(question));
  }

  /** Whoever finds out waits until nothing is on its way any more. */
  #consider(question: EventOf<"question-asked">): void {
    const { clock, office, witness, scenario, runId } = this.#world;
    if (!witness.openQuestions.has(question.question)) return;
    const key = question.about === "effect" ? uuidOf(runId, question.subject) : "";
    if (office.isOnItsWay(key)) return void clock.timer(LOOKS_AGAIN_MS, () => this.#consider(question));
    const found = office.performed.get(key);
    const { question: id } = question;
    const answer = { type: "question-answered", question: id, by: "somebody" } as const;
    if (scenario.person.answers === "leaves-it") this.#append({ ...answer, decision: "not-again" });
    else if (found) this.#append({ ...answer, decision: "done", text: found.text });
    else this.#append({ ...answer, decision: "again" });
  }

  #append(event: RunEvent): void {
    const { disk, clock } = this.#world;
    const log = disk.open({ process: new Life(this.#world, 0).process });
    const append = async () => await (await log.acquire("person")).append([event]);
    append().catch((error: unknown) => {
      if (error instanceof LogFenced) clock.timer(1, () => this.#append(event));
      else this.#world.notes.violate("L1", `What a person says is not taken: ${String(error)}`);
    });
  }
}
