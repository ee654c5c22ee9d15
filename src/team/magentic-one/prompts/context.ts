/** What is said where a conversation was too long for the model, and how what was left out is had again. */

/** Stands within a message for its middle. */
export function cutNote(number: number, left: number): string {
  return `\n[… ${left} characters of message ${number} are left out here; the Archive can read it out …]\n`;
}

/** Asked of the Orchestrator's model when older messages have to go. The headings are what must not be lost. */
export const SUMMARY_PROMPT = `The conversation has become long: its older messages will be taken away, apart from the task ledger, answers that were proposed and what was said of them. Sum up what is above, an earlier summary included, so that the team can go on with your summary alone. Be brief and exact: keep every number, name, path, file and error message that may still matter, and say where it comes from. Write under these four headings and nothing else:

FOUND
What is established by now, each with its source, and what turned out to be wrong.

DONE
Which steps were taken, and which files and programs exist now.

FAILED
What was tried without success, and why, so that nobody tries it again.

OPEN
Questions that still have no answer, and what was to be done next.`;

export interface DigestParts {
  /** The numbers of the messages it stands for. */
  readonly first: number;
  readonly last: number;
  /** In the model's words; empty where it made none. */
  readonly summary: string;
  /** Where the work stood, as the progress ledger said last. */
  readonly standing: string;
  /** A line a message left out, oldest first. */
  readonly index: readonly string[];
  /** Messages left out that are not even in the index: up to this number. */
  readonly unlisted: number;
}

/** What stands in a conversation for its older messages. */
export function digestText({ first, last, summary, standing, index, unlisted }: DigestParts): string {
  const parts = [
    `Messages ${first} to ${last} are no longer shown here, for want of room. The ${ARCHIVE_NAME} has all of them.`,
    ...(summary === "" ? [] : [`Summary of what they said:\n${summary}`]),
    ...(standing === "" ? [] : [`Where the work stood, as judged last:\n${standing}`]),
    ...(index.length === 0 && unlisted === 0
      ? []
      : [`What was left out, by number:\n${[...unlistedLine(first, unlisted), ...index].join("\n")}`]),
    `To have any of it again, ask the ${ARCHIVE_NAME}: by numbers ("messages 12, 15-17") or by words ("find checksum").`,
  ];
  return parts.join("\n\n");
}

/** The same word as the member's name, which prompts hold written out. */
const ARCHIVE_NAME = "Archive";

function unlistedLine(first: number, unlisted: number): string[] {
  return unlisted < first ? [] : [`${first} to ${unlisted}: not listed; they are found by words.`];
}

export const ARCHIVE_DESCRIPTION =
  'Reads out older messages that are no longer shown: by numbers ("messages 12, 15-17") or by words ("find checksum").';

export const ARCHIVE_HAS_NOTHING =
  'There is no such message. Give numbers of messages ("messages 12, 15-17") or words that stood in one ("find checksum").';
