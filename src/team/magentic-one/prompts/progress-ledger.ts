/**
 * The progress ledger's five questions (Magentic-One's, under its names), each with a reason. The
 * reply's form is told by the structured-output ladder, which knows how the model is asked.
 */
export function fullLedgerPrompt(request: string, names: readonly string[]): string {
  return `Recall the request:

${request}

Judge where the work on it stands, from the conversation above. Answer these five questions, each with a short reason before the answer:

- is_request_satisfied (true or false): has the request been dealt with fully and correctly? true only if its result stands in the conversation and nothing is left to be done.
- is_in_loop (true or false): do the same instructions, actions or errors come again and again, be it over several turns?
- is_progress_being_made (true or false): true if the work has just begun or the latest messages add something; false if they show that the team is stuck or that something it needs cannot be had.
- next_speaker: who acts next? One of: ${names.join(", ")}.
- instruction_or_question: what are they to do or to answer? Speak to them directly and include everything they need to know.`;
}

/** The same questions for models that lose their way in the long form. */
export function shortLedgerPrompt(request: string, names: readonly string[]): string {
  return `The request: ${request}

Where does the work stand? Answer five things:

- is_request_satisfied: true only if the conversation above holds the complete result, else false
- is_in_loop: true if the same thing happens again and again, else false
- is_progress_being_made: true if the latest message helps, else false
- next_speaker: one of ${names.join(", ")}
- instruction_or_question: what they are to do now, in one or two sentences`;
}

export function unknownSpeakerProblem(name: string, names: readonly string[]): string {
  return `"next_speaker" is wrong: nobody in the team is called "${name}"; choose one of ${names.join(", ")}`;
}
