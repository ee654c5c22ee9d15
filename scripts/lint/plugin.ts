/**
 * Rules of this project that oxlint does not have: no bare `Error` (people need a code and a hint), no
 * reading of the time outside `src/base`, and no rule switched off without a reason.
 */
interface Node {
  readonly type: string;
  readonly name?: string;
}

interface NewOrCall extends Node {
  readonly callee: Node;
  readonly arguments: readonly Node[];
}

interface Context {
  readonly sourceCode: { getAllComments(): readonly (Node & { readonly value: string })[] };
  report(problem: { node: Node; message: string }): void;
}

const BARE_ERRORS = new Set(["Error", "AggregateError", "EvalError", "RangeError", "TypeError"]);

/** Whether the node is `name(…)` or `new name(…)` for a plain name. */
function calleeName(node: NewOrCall): string | undefined {
  return node.callee.type === "Identifier" ? node.callee.name : undefined;
}

const noBareError = {
  create(context: Context) {
    const check = (node: NewOrCall): void => {
      const name = calleeName(node);
      if (name === undefined || !BARE_ERRORS.has(name)) return;
      context.report({ node, message: `Make an M1Error (code, sentence, hint) instead of a bare ${name}.` });
    };
    return { NewExpression: check, CallExpression: check };
  },
};

const noAmbientDate = {
  create(context: Context) {
    const report = (node: Node): void => context.report({ node, message: "Take the time from a Clock (src/base)." });
    return {
      NewExpression(node: NewOrCall): void {
        if (calleeName(node) === "Date" && node.arguments.length === 0) report(node);
      },
      CallExpression(node: NewOrCall): void {
        if (calleeName(node) === "Date") report(node);
      },
    };
  },
};

const reasonedDisable = {
  create(context: Context) {
    return {
      Program(): void {
        for (const comment of context.sourceCode.getAllComments()) {
          const directive = /^\s*(?:oxlint|eslint)-disable/.test(comment.value);
          if (!directive || / -- \S/.test(comment.value)) continue;
          context.report({ node: comment, message: "Say why: `oxlint-disable-next-line RULE -- reason`." });
        }
      },
    };
  },
};

export default {
  meta: { name: "m1" },
  rules: { "no-bare-error": noBareError, "no-ambient-date": noAmbientDate, "reasoned-disable": reasonedDisable },
};
