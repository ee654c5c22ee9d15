/** A value of Python as `json.loads` makes it: an int is a bigint, a float a number, a dict a Map. */
export type PythonValue =
  string | number | bigint | boolean | null | readonly PythonValue[] | ReadonlyMap<string, PythonValue>;

/** What JSON can say, as JavaScript has it. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export function isList(value: PythonValue): value is readonly PythonValue[] {
  return Array.isArray(value);
}

export function isDict(value: PythonValue): value is ReadonlyMap<string, PythonValue> {
  return value instanceof Map;
}

/** The value that Python's `json.load` would have made of it, whole numbers being ints. */
export function pythonValue(value: JsonValue): PythonValue {
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value;
  if (typeof value !== "object" || value === null) return value;
  if (isJsonList(value)) return value.map(pythonValue);
  return new Map(Object.entries(value).map(([key, each]) => [key, pythonValue(each)] as const));
}

function isJsonList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
