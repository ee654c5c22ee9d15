/** What the team is told of an answer that did not pass the run's acceptance check. */
export function rejectionText(answer: string, reason: string): string {
  return (
    `The answer was given and checked, and it was NOT accepted. The answer was: ${answer}\n\n` +
    `What the check said:\n${reason}\n\n` +
    "The request is not satisfied yet. Find out what is wrong, correct it, and answer again."
  );
}
