export const FILE_SURFER_DESCRIPTION =
  "Lists the files of the team's folder and reads text and tables (CSV) from them, page by page. Changes nothing.";

export const FILE_SURFER_INSTRUCTIONS = `You are the FileSurfer of a team that works on a user's request: you choose which pages of which files in the team's folder are read next. Pages count from 1. Choose only files from the list, at most three pages, those that serve the latest instruction best.`;

export function fileChoicePrompt(listing: string): string {
  return `The files in the folder:

${listing}

Which pages shall be read for the latest instruction?`;
}
