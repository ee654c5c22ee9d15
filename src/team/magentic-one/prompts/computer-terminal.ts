export const COMPUTER_TERMINAL_DESCRIPTION =
  "Runs the code blocks of the Coder's latest message, in the team's folder, and reports what they print. Writes no code, answers no questions.";

export const NO_CODE_TO_RUN =
  "There is no code to run: the Coder's latest message has no code block marked python, sh or javascript.";

export const PRINTED_NOTHING = "The program ran to its end and printed nothing.";
