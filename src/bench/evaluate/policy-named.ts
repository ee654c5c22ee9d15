import { UsageError } from "../../base/errors.ts";
import { RECORDED_POLICIES, type RecordedPolicy } from "./recorded-policies.ts";

type Change = (value: string) => Partial<RecordedPolicy> | undefined;

/** What may be said after a policy's name, and how it is read; undefined for what it cannot be. */
const PARAMETERS: Readonly<Record<string, { readonly may: string; readonly read: Change }>> = {
  need: { may: "a whole number from 1", read: (value) => numbered(value, isCount, (need) => ({ need })) },
  agree: { may: "a whole number from 2", read: (value) => numbered(value, isSeveral, (agree) => ({ agree })) },
  patience: { may: "a number from 0", read: (value) => numbered(value, isSpan, (patience) => ({ patience })) },
  judge: {
    may: "self or gpt5",
    read: (value) => (value === "self" || value === "gpt5" ? { judge: value } : undefined),
  },
};

/**
 * A policy by its name, with parameters after colons: `first-answer`, `first-judged:patience=0.5:judge=gpt5`. Throws
 * `UsageError`: `policy-unknown`, `policy-parameter`.
 */
export function policyNamed(text: string): RecordedPolicy {
  const [name = "", ...given] = text.split(":");
  const known: Readonly<Record<string, RecordedPolicy>> = RECORDED_POLICIES;
  const policy = Object.hasOwn(known, name) ? known[name] : undefined;
  if (!policy) {
    throw new UsageError("policy-unknown", `There is no policy "${name}" for recorded runs.`, {
      hint: `The policies are: ${Object.keys(known).join(", ")}.`,
    });
  }
  return given.reduce((changed, parameter) => ({ ...changed, ...changeOf(parameter, name) }), policy);
}

function changeOf(parameter: string, policy: string): Partial<RecordedPolicy> {
  const [key = "", value = ""] = parameter.split("=", 2);
  const known = Object.hasOwn(PARAMETERS, key) ? PARAMETERS[key] : undefined;
  const change = known?.read(value);
  if (change) return change;
  const problem = known ? `"${key}" cannot be "${value}"` : `there is no parameter "${key}"`;
  throw new UsageError("policy-parameter", `The policy "${policy}" cannot be had so: ${problem}.`, {
    hint: known
      ? `It must be ${known.may}.`
      : `Parameters are: ${Object.keys(PARAMETERS).join(", ")}, as in first-judged:patience=0.5.`,
  });
}

function numbered(
  text: string,
  may: (value: number) => boolean,
  change: (value: number) => Partial<RecordedPolicy>,
): Partial<RecordedPolicy> | undefined {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  return may(value) ? change(value) : undefined;
}

const isCount = (value: number): boolean => Number.isInteger(value) && value >= 1;
const isSeveral = (value: number): boolean => Number.isInteger(value) && value >= 2;
const isSpan = (value: number): boolean => Number.isFinite(value) && value >= 0;
