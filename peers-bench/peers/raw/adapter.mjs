// Bare fetch, for what the wire and JSON cost by themselves. Variants: `grow` (plain replies that call a tool, as the other
// TypeScript peers have them), `stream` (streamed replies of text, the history growing by as many messages, as m1-parallel has them).
const TOOLS = [
  {
    type: "function",
    function: {
      name: "tick",
      description: "t",
      parameters: {
        type: "object",
        properties: { x: { type: "number" } },
        required: ["x"],
        additionalProperties: false,
      },
    },
  },
];

export function make(base, steps, variant) {
  return variant === "stream" ? streamed(base, steps) : plain(base, steps);
}

function plain(base, steps) {
  return async ({ signal, onStep, onTool }) => {
    const messages = begin();
    let done = 0;
    for (;;) {
      const response = await post(base, { model: "m", messages, tools: TOOLS }, signal);
      const { message } = (await response.json()).choices[0];
      done += 1;
      messages.push(message);
      if (!message.tool_calls) return { steps: done };
      for (const call of message.tool_calls) {
        onStep?.();
        await onTool?.(signal);
        messages.push({ role: "tool", tool_call_id: call.id, content: "ok" });
      }
      if (done > steps) throw new Error("the server does not end");
    }
  };
}

function streamed(base, steps) {
  return async ({ signal, onStep, onTool }) => {
    const messages = begin();
    for (let done = 0; done < steps; done += 1) {
      const body = { model: "m", messages, stream: true, stream_options: { include_usage: true } };
      const content = await readStream(await post(base, body, signal));
      onStep?.();
      await onTool?.(signal);
      messages.push({ role: "assistant", content }, { role: "user", content: "ok" });
    }
    return { steps };
  };
}

function begin() {
  return [
    { role: "system", content: "be brief" },
    { role: "user", content: "go" },
  ];
}

async function post(base, body, signal) {
  const headers = { "content-type": "application/json", authorization: "Bearer x" };
  const response = await fetch(`${base}/chat/completions`, {
    method: "POST",
    signal,
    headers,
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response;
}

async function readStream(response) {
  let text = "";
  let buffer = "";
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    buffer += piece;
    for (let end = buffer.indexOf("\n\n"); end >= 0; end = buffer.indexOf("\n\n")) {
      const data = buffer.slice(6, end);
      buffer = buffer.slice(end + 2);
      if (data !== "[DONE]") text += JSON.parse(data).choices[0]?.delta.content ?? "";
    }
  }
  return text;
}
