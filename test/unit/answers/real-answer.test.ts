import assert from "node:assert/strict";
import { test } from "node:test";
import { isRealAnswer } from "../../../src/answers/real-answer.ts";

const ANSWERS = [
  ..."0|no|No.|none|None of them|NaN|Na|false|-1|17%|nonlinear|not normal|no significant correlation".split("|"),
  ..."Unknown Pleasures|I, Robot|I Can't Get No Satisfaction - no, Angie|Null Island|Errors and Omissions".split("|"),
  ..."The team won 3 to 1|@mean[0.5] @p_value[0.0000]|[]|42.|It is 5|No evidence of a trend|Cannot Buy Me Love".split(
    "|",
  ),
  ..."Failed states index|b, a, c|*|backtick|No one|Nothing Else Matters|Not a normal distribution".split("|"),
  '{"name": "A", "price": 10}',
];
const GIVE_UPS = [
  ..."| \n |?|...|N/A|n/a.|null|Unknown|Unknown.|Unable to determine|unable to determine.|**Unable to determine**".split(
    "|",
  ),
  ..."Cannot determine|Could not be determined|Not found|Not available|I don't know|I don’t know.|I do not know".split(
    "|",
  ),
  ..."I am unable to access the file|I'm not sure|We could not find the data|No answer|No answer found|[YOUR FINAL ANSWER]".split(
    "|",
  ),
  ..."The answer cannot be determined from the data|Insufficient information|Not enough information to answer".split(
    "|",
  ),
  ..."Unable to determine, because the page did not load|Sorry, I cannot help with that|It is not possible to say".split(
    "|",
  ),
  "Unfortunately, the file could not be opened, so there is no result",
  "There is no information available on this",
  "Traceback (most recent call last): File x",
];

for (const answer of ANSWERS) {
  test(`R2: "${answer}" is an answer`, () => assert.equal(isRealAnswer(answer), true));
}
for (const text of GIVE_UPS) {
  test(`R2: ${JSON.stringify(text)} is a give-up`, () => assert.equal(isRealAnswer(text), false));
}
