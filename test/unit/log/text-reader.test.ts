import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { suite, test } from "node:test";
import { TextReader } from "../../../src/log/text-reader.ts";

function library() {
  const texts = new Map<string, string>();
  const fetched: string[] = [];
  const fetch = (name: string) => {
    fetched.push(name);
    return texts.get(name);
  };
  const put = (content: string) => {
    texts.set(hash("sha256", content), content);
    return hash("sha256", content);
  };
  return { texts, fetched, put, reader: new TextReader({ text: fetch, blob: fetch }) };
}

suite("the texts of a reading", () => {
  test("a text that is read again soon is fetched and checked once", () => {
    const { fetched, put, reader } = library();
    const name = put("hello");
    assert.deepEqual([reader.read(name), reader.read(name), reader.read(`blob:${name}`)], ["hello", "hello", "hello"]);
    assert.deepEqual(fetched, [name, name], "a blob of the same name is another place");
  });

  test("those that were read long ago are let go", () => {
    const { fetched, put, reader } = library();
    const [first, ...more] = ["a", "b", "c"].map((letter) => put(letter.repeat(400_000)));
    for (const name of [first, ...more, first]) reader.read(name ?? "");
    assert.equal(fetched.length, 4);
  });

  test("L3: one that was changed or is missing is said so", () => {
    const { texts, put, reader } = library();
    const name = put("hello");
    texts.set(name, "hallo");
    assert.throws(() => reader.read(name), /its text \w+ has been changed/);
    assert.throws(() => reader.read("blob:00"), /its blob 00 is missing/);
  });
});
