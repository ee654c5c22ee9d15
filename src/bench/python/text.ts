import { PYTHON_SPACE } from "../../answers/python-space.ts";

const SPACES = new RegExp(`[${PYTHON_SPACE}]+`);
const ENDS = new RegExp(`^[${PYTHON_SPACE}]+|[${PYTHON_SPACE}]+$`, "g");
/** Letters that Python's `str.isnumeric` takes for numbers, beside what Unicode calls numbers. */
const NUMERIC =
  /^[\p{N}㐅㒃㠪㭍一七万三九二五亖亿什仟仨伍佰億兆兩八六十千卄卅卌叁参參叄四壱壹幺廾廿弌弍弎弐拾捌柒漆玖百肆萬貮貳贰阡陆陌陸零\uf96b\uf973\uf978\uf9b2\uf9d1\uf9d3\uf9fd𠀁𠁤𠃢𠄡𠤪𠦃𠦌𠦜𠫪𠫽𠬙𢎐𢦘𣬛𦉭\u{2f890}]+$/u;

/** Python's `text.strip()`. */
export function strip(text: string): string {
  return text.replace(ENDS, "");
}

/** Python's `text.split()`: the words between white space. */
export function words(text: string): string[] {
  return text.split(SPACES).filter((word) => word !== "");
}

/** Python's `text.isnumeric()`. */
export function isNumeric(text: string): boolean {
  return NUMERIC.test(text);
}
