import type { ToolResult } from "../../../events/tool-call.ts";
import type { Agent, Said } from "../agent.ts";
import { codeBlocks, type CodeBlock } from "../code-blocks.ts";
import { CODER, COMPUTER_TERMINAL } from "../names.ts";
import { COMPUTER_TERMINAL_DESCRIPTION, NO_CODE_TO_RUN, PRINTED_NOTHING } from "../prompts/computer-terminal.ts";

/**
 * Runs code; no model. What the Orchestrator's instruction holds goes before what the Coder wrote
 * last. Nobody else's blocks are run: a file that the FileSurfer read is data (promise G6).
 */
export const computerTerminal: Agent = {
  name: COMPUTER_TERMINAL,
  description: COMPUTER_TERMINAL_DESCRIPTION,
  async respond({ messages, steps }) {
    const blocks = blocksToRun(messages);
    if (blocks.length === 0) return { text: NO_CODE_TO_RUN };
    const outputs: string[] = [];
    let facts: ToolResult["facts"] = {};
    let printed = false;
    for (const [index, { language, code }] of blocks.entries()) {
      const result = await steps.tool({ tool: "terminal", arguments: { language, code } });
      const title = blocks.length > 1 ? `Block ${index + 1} of ${blocks.length} (${language}):\n` : "";
      outputs.push(title + (result.text.trim() === "" ? PRINTED_NOTHING : result.text));
      facts = result.facts;
      printed ||= facts["printed"] === true;
      if (facts["exitCode"] !== 0) break;
    }
    return { text: outputs.join("\n\n"), facts: { ...facts, printed } };
  },
};

function blocksToRun(messages: readonly Said[]): CodeBlock[] {
  const instructed = codeBlocks(messages.at(-1)?.text ?? "");
  if (instructed.length > 0) return instructed;
  return codeBlocks(messages.findLast((said) => said.from === CODER)?.text ?? "");
}
