import type { EffectRecord } from "./effects-fold.ts";

/** What a person is asked about a call in doubt: what happened, and what each decision means. */
export function effectQuestion({ team, tool, grounds, failure }: EffectRecord): string {
  const happened = failure ? ` ${sentence(failure.message)}` : "";
  const left =
    grounds === "permit"
      ? "Denied, it is left as it is, and the teams that wait for it are told so."
      : "Denied, it is left as it is, and the calls that the team staged after it are not performed.";
  return (
    `${team}'s call of "${tool}" was begun, and nobody knows whether it was done.${happened} ` +
    `Find out on the other side. Approved, it is done again, under the same idempotency key. ` +
    `Approved as done, your words are taken as what it answered. ${left}`
  );
}

/** What a person is asked about a program of theirs that a crash cut off. */
export function stepQuestion(team: string, tool: string): string {
  return (
    `${team}'s run of "${tool}" was cut off when its process ended. It may have changed things outside its folder, which ` +
    `is back as it was before. Approved, it is run again from its beginning. Denied, it is not, and the step has failed.`
  );
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?…]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
