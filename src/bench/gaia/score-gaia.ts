/** GAIA's scorer stands with the answers: a race compares its teams' answers by the same rules. */
export { matchesGaia as scoreGaia } from "../../answers/gaia-rules.ts";
