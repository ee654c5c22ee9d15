import { realClock } from "../../base/clock.ts";
import { PlainTeller } from "./plain-teller.ts";
import type { RaceTeller } from "./race-teller.ts";
import type { Terminal } from "../terminal.ts";

/** Lanes where there is a screen for them, else lines. What draws lanes is loaded only then. */
export async function openTeller(
  terminal: Terminal,
  { json, plain }: { readonly json: boolean; readonly plain: boolean },
): Promise<RaceTeller> {
  if (json || plain || !terminal.lanes) return new PlainTeller(terminal, { json, clock: realClock });
  const { LanesTeller } = await import("../lanes/lanes-teller.ts");
  return new LanesTeller(terminal, { screen: terminal.lanes, clock: realClock });
}
