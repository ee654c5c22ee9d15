import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { CancelScope } from "../../src/base/abort.ts";
import { Cancelled, M1Error } from "../../src/base/errors.ts";
import { AgentRuntime, type Delivery } from "../../src/runtime/agent-runtime.ts";
import type { DeadLetter } from "../../src/runtime/dead-letter.ts";

type Mail = Delivery<string, string>;

function setUp() {
  const dead: DeadLetter<string>[] = [];
  const runtime = new AgentRuntime<string, string>((letter) => dead.push(letter));
  const seen: string[] = [];
  const recorder = (name: string) => (mail: Mail) => {
    seen.push(`${name} ${mail.message}`);
    return `${name} had ${mail.message}`;
  };
  const add = (name: string, handler: (mail: Mail) => string | Promise<string> = recorder(name)) =>
    runtime.register(name, handler);
  return { runtime, dead, seen, add, outside: runtime.portOf("outside") };
}

const reasons = (dead: DeadLetter<string>[]) => dead.map((letter) => `${letter.cause} ${letter.to} ${letter.message}`);
const codeIs = (code: string) => (error: unknown) => error instanceof M1Error && error.code === code;

test("an agent handles one message at a time, in the order of posting", async () => {
  const { runtime, add, outside } = setUp();
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  const steps: string[] = [];
  add("slow", async ({ message }) => {
    steps.push(`start ${message}`);
    await gates[Number(message)]?.promise;
    steps.push(`end ${message}`);
    return message;
  });
  outside.send("slow", "0");
  outside.send("slow", "1");
  gates[1].resolve();
  gates[0].resolve();
  await runtime.idle();
  assert.deepEqual(steps, ["start 0", "end 0", "start 1", "end 1"]);
});

test("sending never runs a handler before the sender has gone on", async () => {
  const { runtime, add, outside, seen } = setUp();
  add("a");
  outside.send("a", "hello");
  assert.deepEqual(seen, []);
  await runtime.idle();
  assert.deepEqual(seen, ["a hello"]);
});

test("a published message reaches every subscriber but its sender, in the order of subscription", async () => {
  const { runtime, add, seen } = setUp();
  for (const name of ["b", "a", "c", "deaf"]) add(name);
  for (const name of ["b", "a", "c"]) runtime.subscribe("news", name);
  runtime.portOf("a").publish("news", "one");
  await runtime.idle();
  assert.deepEqual(seen, ["b one", "c one"]);
});

test("a subscriber is told the topic and the sender", async () => {
  const { runtime, add } = setUp();
  let heard: Pick<Mail, "from" | "topic"> | undefined;
  add("a", (mail) => {
    heard = { from: mail.from, topic: mail.topic };
    return "";
  });
  runtime.subscribe("news", "a");
  runtime.portOf("editor").publish("news", "one");
  await runtime.idle();
  assert.deepEqual(heard, { from: "editor", topic: "news" });
});

test("a request brings the handler's reply", async () => {
  const { add, outside } = setUp();
  add("a");
  assert.equal(await outside.request("a", "question"), "a had question");
});

test("a handler's throw rejects the requester, and is no dead letter", async () => {
  const { add, outside, dead } = setUp();
  const fault = new M1Error("broken", "It broke.");
  add("a", () => {
    throw fault;
  });
  await assert.rejects(outside.request("a", "question"), fault);
  assert.deepEqual(dead, []);
});

test("an agent that threw handles its next message", async () => {
  const { add, outside, seen } = setUp();
  add("a", ({ message }) => {
    if (message === "bad") throw new M1Error("broken", "It broke.");
    seen.push(message);
    return "";
  });
  await assert.rejects(outside.request("a", "bad"));
  await outside.request("a", "good");
  assert.deepEqual(seen, ["good"]);
});

test("dead letter: no such agent", () => {
  const { outside, dead } = setUp();
  outside.send("nobody", "hello");
  assert.deepEqual(reasons(dead), ["unknown-recipient nobody hello"]);
  assert.equal(dead[0]?.from, "outside");
});

test("dead letter: a handler threw on a published message; other subscribers have it all the same", async () => {
  const { runtime, add, dead, seen } = setUp();
  add("bad", () => Promise.reject(new M1Error("broken", "It broke.")));
  add("good");
  for (const name of ["bad", "good"]) runtime.subscribe("news", name);
  runtime.portOf("editor").publish("news", "one");
  await runtime.idle();
  assert.deepEqual(seen, ["good one"]);
  assert.deepEqual(reasons(dead), ["handler-failed bad one"]);
  assert.match(dead[0]?.reason ?? "", /bad failed: It broke\./);
  assert.equal(dead[0]?.topic, "news");
  assert.ok(codeIs("broken")(dead[0]?.error));
});

test("dead letter: mail to a stopped agent", async () => {
  const { runtime, add, outside, dead, seen } = setUp();
  for (const name of ["a", "b"]) add(name);
  runtime.stopAgent("a");
  outside.send("a", "late");
  outside.send("b", "fine");
  await runtime.idle();
  assert.deepEqual(reasons(dead), ["agent-stopped a late"]);
  assert.deepEqual(seen, ["b fine"]);
});

test("a request that cannot be posted is rejected: unknown agent, stopped agent", async () => {
  const { runtime, add, outside, dead } = setUp();
  add("a");
  runtime.stopAgent("a");
  await assert.rejects(outside.request("nobody", "?"), codeIs("agent-unknown"));
  await assert.rejects(outside.request("a", "?"), codeIs("agent-stopped"));
  assert.deepEqual(dead, []);
});

test("cancelling a request rejects it at once, though the handler does not listen", async () => {
  const { runtime, add, outside } = setUp();
  const gate = Promise.withResolvers<void>();
  add("deaf", async () => {
    await gate.promise;
    return "too late";
  });
  const scope = new CancelScope();
  const asked = outside.request("deaf", "?", { signal: scope.signal });
  scope.cancel(new Cancelled("enough", "Enough."));
  await assert.rejects(asked, codeIs("enough"));
  gate.resolve();
  await runtime.idle();
});

test("cancelling a request aborts its handler and what that handler asked for, and nothing else", async () => {
  const { runtime, add, outside } = setUp();
  const aborted: string[] = [];
  const gate = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  add("inner", async ({ signal }) => {
    signal.addEventListener("abort", () => aborted.push("inner"));
    begun.resolve();
    await gate.promise;
    return "";
  });
  add("outer", ({ request, signal }) => {
    signal.addEventListener("abort", () => aborted.push("outer"));
    return request("inner", "deeper");
  });
  add("beside", async ({ signal }) => {
    await gate.promise;
    return signal.aborted ? "cut" : "whole";
  });
  const scope = new CancelScope();
  const asked = outside.request("outer", "?", { signal: scope.signal });
  const beside = outside.request("beside", "?");
  await begun.promise;
  scope.cancel(new Cancelled("enough", "Enough."));
  await assert.rejects(asked, codeIs("enough"));
  gate.resolve();
  assert.equal(await beside, "whole");
  await runtime.idle();
  assert.deepEqual(aborted.sort(), ["inner", "outer"]);
});

test("a request cancelled while it waits is never handled", async () => {
  const { runtime, add, outside, seen } = setUp();
  add("a");
  const scope = new CancelScope();
  outside.send("a", "first");
  const asked = outside.request("a", "withdrawn", { signal: scope.signal });
  scope.cancel(new Cancelled("enough", "Enough."));
  await assert.rejects(asked, codeIs("enough"));
  await runtime.idle();
  assert.deepEqual(seen, ["a first"]);
});

test("a handler that breaks after its request was cancelled is a dead letter; one that follows the abort is not", async () => {
  const { runtime, add, outside, dead } = setUp();
  const gate = Promise.withResolvers<void>();
  add("breaks", async () => {
    await gate.promise;
    throw new M1Error("broken", "It broke.");
  });
  add("obeys", async ({ signal }) => {
    await gate.promise;
    throw signal.reason;
  });
  const scope = new CancelScope();
  const asked = ["breaks", "obeys"].map((name) => outside.request(name, "?", { signal: scope.signal }));
  await Promise.resolve().then(() => {});
  scope.cancel();
  for (const request of asked) await assert.rejects(request, codeIs("cancelled"));
  gate.resolve();
  await runtime.idle();
  assert.deepEqual(reasons(dead), ["handler-failed breaks ?"]);
});

test("a request leaves no listener on its signal, however it ends", async () => {
  const { runtime, add, outside } = setUp();
  add("good");
  add("bad", () => Promise.reject(new M1Error("broken", "It broke.")));
  const scope = new CancelScope();
  const asked = ["good", "bad", "nobody"].map((to) => outside.request(to, "?", { signal: scope.signal }));
  await Promise.allSettled(asked);
  await runtime.idle();
  assert.equal(getEventListeners(scope.signal, "abort").length, 0);
});

test("a request that would wait for itself is refused, not awaited for ever", async () => {
  const { add, outside } = setUp();
  add("a", ({ request }) => request("b", "and you?"));
  add("b", ({ request }) => request("a", "and you?"));
  add("selfish", ({ request }) => request("selfish", "me"));
  await assert.rejects(outside.request("a", "?"), codeIs("request-cycle"));
  await assert.rejects(outside.request("selfish", "?"), codeIs("request-cycle"));
});

test("an agent may send to one that waits for it", async () => {
  const { runtime, add, outside, seen } = setUp();
  add("a", ({ message, request }) => {
    seen.push(`a ${message}`);
    return message === "start" ? request("b", "work") : "";
  });
  add("b", ({ send }) => {
    send("a", "by the way");
    return "done";
  });
  assert.equal(await outside.request("a", "start"), "done");
  await runtime.idle();
  assert.deepEqual(seen, ["a start", "a by the way"]);
});

test("R3: stop aborts handlers in flight, rejects open requests at once, gives waiting mail up, and leaves nothing", async () => {
  const { runtime, add, outside, dead, seen } = setUp();
  const begun = Promise.withResolvers<void>();
  add("busy", ({ signal }) => {
    begun.resolve();
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  });
  add("a");
  runtime.subscribe("news", "busy");
  const inFlight = outside.request("busy", "now");
  const waiting = outside.request("busy", "next");
  await begun.promise;
  outside.send("busy", "mail");
  outside.publish("news", "published");
  const stopped = runtime.stop(new Cancelled("team-stopped", "Another team won."));
  await assert.rejects(inFlight, codeIs("team-stopped"));
  await assert.rejects(waiting, codeIs("team-stopped"));
  await stopped;
  assert.deepEqual(reasons(dead), ["agent-stopped busy mail", "agent-stopped busy published"]);
  assert.match(dead[0]?.reason ?? "", /Another team won/);
  outside.send("a", "late");
  await assert.rejects(outside.request("a", "?"), codeIs("agent-stopped"));
  await runtime.stop();
  assert.deepEqual(seen, []);
  assert.throws(() => add("new"), codeIs("runtime-stopped"));
});

test("R3: a requester is let go by a stop though the handler ignores it", async () => {
  const { runtime, add, outside } = setUp();
  const gate = Promise.withResolvers<string>();
  add("deaf", () => gate.promise);
  const asked = outside.request("deaf", "?");
  await Promise.resolve().then(() => {});
  const stopped = runtime.stop();
  await assert.rejects(asked, codeIs("runtime-stopped"));
  gate.resolve("late");
  await stopped;
});

test("a name is an agent's own", () => {
  const { add } = setUp();
  add("a");
  assert.throws(() => add("a"), codeIs("agent-exists"));
});

test("S1: the same posting gives the same order of handling, every time", async () => {
  const play = async () => {
    const { runtime, add, seen, outside } = setUp();
    for (const name of ["a", "b", "c"]) {
      add(name, async ({ message, send, publish, from }) => {
        seen.push(`${from} to ${name}: ${message}`);
        if (message.length > 3) return "";
        publish("all", `${message}${name}`);
        await Promise.resolve();
        if (name !== "c") send("c", `${message}!${name}`);
        return "";
      });
      runtime.subscribe("all", name);
    }
    outside.publish("all", "1");
    outside.send("b", "2");
    await runtime.idle();
    return seen;
  };
  const first = await play();
  assert.ok(first.length > 30);
  assert.deepEqual(await play(), first);
  assert.deepEqual(first.slice(0, 3), ["outside to a: 1", "outside to b: 1", "outside to c: 1"]);
});

test("stress: 10,000 agents hear one message, one agent hears 10,000, in order", async () => {
  const { runtime, add, outside, dead } = setUp();
  let heard = 0;
  for (let index = 0; index < 10_000; index++) {
    add(`agent-${index}`, () => String(heard++));
    runtime.subscribe("all", `agent-${index}`);
  }
  const order: number[] = [];
  add("one", ({ message }) => String(order.push(Number(message))));
  outside.publish("all", "hello");
  for (let index = 0; index < 10_000; index++) outside.send("one", String(index));
  await runtime.idle();
  assert.equal(heard, 10_000);
  assert.deepEqual(order, [...Array(10_000).keys()]);
  await runtime.stop();
  assert.deepEqual(dead, []);
});

test("stress: 10,000 open requests are all rejected by one stop", async () => {
  const { runtime, add, outside } = setUp();
  add("one", () => new Promise(() => {}));
  for (let index = 0; index < 100; index++) add(`agent-${index}`, () => new Promise(() => {}));
  const open = Array.from({ length: 10_000 }, (_, index) => outside.request(`agent-${index % 100}`, "?"));
  void runtime.stop();
  const ends = await Promise.allSettled(open);
  assert.ok(ends.every((end) => end.status === "rejected" && codeIs("runtime-stopped")(end.reason)));
});
