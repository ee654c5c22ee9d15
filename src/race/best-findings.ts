import { counted } from "../base/counted.ts";
import { isRealAnswer } from "../answers/real-answer.ts";
import type { RaceState, TeamState } from "./race-state.ts";

/** The best that was found without an answer that could be taken. */
export interface BestFindings {
  readonly team: string;
  readonly text: string;
  /** Why these and no other team's. */
  readonly why: string;
}

interface Found {
  readonly team: string;
  readonly text: string;
  /** How near to an answer it came. */
  readonly rank: 0 | 1 | 2;
  readonly turns: number;
}

/**
 * The findings of the team that came nearest to an answer: one that answered before the race was ended from outside,
 * then one whose answer was refused, then the one that took most turns; of equals the earlier in the line-up.
 */
export function bestFindings(state: RaceState): BestFindings | undefined {
  let best: Found | undefined;
  for (const team of state.teams) {
    const found = foundBy(team);
    if (!found) continue;
    if (!best || found.rank > best.rank || (found.rank === best.rank && found.turns > best.turns)) best = found;
  }
  return best && { team: best.team, text: best.text, why: whyThese(best) };
}

function foundBy({ team, turns, said, end }: TeamState): Found | undefined {
  if (!end) return said?.trim() ? { team, text: `${team}, still working. ${said}`, rank: 0, turns } : undefined;
  const { outcome, answer = "", findings = "", turns: took } = end.event;
  if (outcome === "answered" && isRealAnswer(answer)) {
    return { team, text: [`Its answer was: ${answer}`, findings].filter(Boolean).join("\n"), rank: 2, turns: took };
  }
  const text = findings.trim() === "" && said?.trim() ? said : findings;
  if (text.trim() === "") return undefined;
  return { team, text, rank: outcome === "rejected" ? 1 : 0, turns: Math.max(turns, took) };
}

function whyThese({ team, rank, turns }: Found): string {
  if (rank === 2) return `The findings are those of ${team}, which had an answer.`;
  if (rank === 1) return `The findings are those of ${team}, whose answer was refused.`;
  return `The findings are those of ${team}, which got furthest (${counted(turns, "turn")}).`;
}
