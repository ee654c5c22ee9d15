import { isList, type PythonValue } from "./value.ts";

/** Python's `str(value)`: a text as it is, anything else as `repr` writes it. */
export function pythonText(value: PythonValue): string {
  return typeof value === "string" ? value : repr(value);
}

/** Python's `repr(value)`. */
export function repr(value: PythonValue): string {
  switch (typeof value) {
    case "string":
      return textRepr(value);
    case "number":
      return floatRepr(value);
    case "bigint":
      return String(value);
    case "boolean":
      return value ? "True" : "False";
    default:
  }
  if (value === null) return "None";
  if (isList(value)) return `[${value.map(repr).join(", ")}]`;
  return `{${[...value].map(([key, each]) => `${repr(key)}: ${repr(each)}`).join(", ")}}`;
}

/** The shortest digits that give the number back, in Python's notation: `1.0`, `1e-05`, `1e+16`. */
export function floatRepr(number: number): string {
  if (Number.isNaN(number)) return "nan";
  if (!Number.isFinite(number)) return number > 0 ? "inf" : "-inf";
  if (number === 0) return Object.is(number, -0) ? "-0.0" : "0.0";
  const [mantissa = "", power = "0"] = number.toExponential().split("e");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    const digits = String(Math.abs(exponent)).padStart(2, "0");
    return `${mantissa}e${exponent < 0 ? "-" : "+"}${digits}`;
  }
  if (exponent < 0) return plainFraction(mantissa, exponent);
  const plain = String(number);
  return plain.includes(".") ? plain : `${plain}.0`;
}

function plainFraction(mantissa: string, exponent: number): string {
  const sign = mantissa.startsWith("-") ? "-" : "";
  return `${sign}0.${"0".repeat(-exponent - 1)}${mantissa.replace(/[-.]/g, "")}`;
}

const NAMED: Readonly<Record<string, string>> = { "\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\" };
/** What Python does not take for printable, and what ends or escapes. */
const ESCAPED = /[\p{C}\p{Z}\\]/gu;

function textRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(ESCAPED, (character) => (character === " " ? " " : escape(character)));
  return `${quote}${quote === "'" ? escaped.replaceAll("'", "\\'") : escaped}${quote}`;
}

function escape(character: string): string {
  const named = NAMED[character];
  if (named !== undefined) return named;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}
