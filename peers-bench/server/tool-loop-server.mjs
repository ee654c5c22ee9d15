// Zero-latency OpenAI-compatible server. Path prefix carries parameters:
//   /n<N>/d<delayMs>/v1/chat/completions | /n<N>/d<delayMs>/v1/responses
// Answers with a tool call until the request holds >= N-1 tool results (or when no tools were given: text at once).
// GET /stats -> counters; GET /reset. Never parses the body (Buffer.indexOf only) to stay cheap.
import http from "node:http";
const port = +(process.argv[2] ?? 9101);
const now = () => performance.timeOrigin + performance.now();
let st;
const reset = () => {
  st = {
    reqs: 0,
    done: 0,
    aborted: [],
    inflight: 0,
    maxInflight: 0,
    bytesIn: 0,
    arrivals: [],
    agentSockets: 0,
    stream: 0,
  };
};
reset();
const T = Buffer.from('"role":"tool"'),
  F = Buffer.from('"function_call_output"'),
  S = Buffer.from('"stream":true'),
  TL = Buffer.from('"tools":[');
const count = (b, pat) => {
  let c = 0,
    i = -1;
  while ((i = b.indexOf(pat, i + 1)) !== -1) c++;
  return c;
};
let id = 0;
const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
function chat(tool, stream, res) {
  const i = ++id,
    created = 1700000000;
  const msg = tool
    ? {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "call_" + i, type: "function", function: { name: "tick", arguments: '{"x":1}' } }],
      }
    : { role: "assistant", content: "done" };
  if (!stream) {
    const o = JSON.stringify({
      id: "c" + i,
      object: "chat.completion",
      created,
      model: "m",
      choices: [{ index: 0, message: msg, finish_reason: tool ? "tool_calls" : "stop", logprobs: null }],
      usage,
    });
    res.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(o) });
    res.end(o);
    return;
  }
  const ch = (delta, fr = null, u) =>
    "data: " +
    JSON.stringify({
      id: "c" + i,
      object: "chat.completion.chunk",
      created,
      model: "m",
      choices: [{ index: 0, delta, finish_reason: fr }],
      ...(u ? { usage: u } : {}),
    }) +
    "\n\n";
  res.writeHead(200, { "content-type": "text/event-stream" });
  res.end(
    (tool
      ? ch({ role: "assistant", content: null, tool_calls: [{ index: 0, ...msg.tool_calls[0] }] })
      : ch({ role: "assistant", content: "done" })) +
      ch({}, tool ? "tool_calls" : "stop", usage) +
      "data: [DONE]\n\n",
  );
}
function responses(tool, stream, res) {
  const i = ++id;
  const item = tool
    ? {
        type: "function_call",
        id: "fc_" + i,
        call_id: "call_" + i,
        name: "tick",
        arguments: '{"x":1}',
        status: "completed",
      }
    : {
        type: "message",
        id: "msg_" + i,
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text: "done", annotations: [] }],
      };
  const body = {
    id: "resp_" + i,
    object: "response",
    created_at: 1700000000,
    status: "completed",
    model: "m",
    output: [item],
    parallel_tool_calls: true,
    tool_choice: "auto",
    tools: [],
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    temperature: 1,
    top_p: 1,
    usage: {
      input_tokens: 10,
      output_tokens: 5,
      total_tokens: 15,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens_details: { reasoning_tokens: 0 },
    },
  };
  if (!stream) {
    const o = JSON.stringify(body);
    res.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(o) });
    res.end(o);
    return;
  }
  res.writeHead(200, { "content-type": "text/event-stream" });
  const ev = (type, x) => `event: ${type}\ndata: ${JSON.stringify({ type, ...x })}\n\n`;
  res.end(
    ev("response.created", { response: { ...body, output: [], status: "in_progress" }, sequence_number: 0 }) +
      ev("response.output_item.added", { output_index: 0, item, sequence_number: 1 }) +
      ev("response.output_item.done", { output_index: 0, item, sequence_number: 2 }) +
      ev("response.completed", { response: body, sequence_number: 3 }),
  );
}
const srv = http.createServer((req, res) => {
  if (req.url === "/stats") {
    res.end(JSON.stringify(st));
    return;
  }
  if (req.url === "/reset") {
    reset();
    res.end("ok");
    return;
  }
  const t0 = now();
  st.reqs++;
  st.inflight++;
  if (st.inflight > st.maxInflight) st.maxInflight = st.inflight;
  const m = /^\/n(\d+)\/d(\d+)\//.exec(req.url) ?? [0, 1, 0];
  const N = +m[1],
    d = +m[2];
  let fin = false;
  let timer;
  res.on("close", () => {
    st.inflight--;
    if (!res.writableFinished) {
      clearTimeout(timer);
      st.aborted.push(now());
    } else st.done++;
  });
  const parts = [];
  req.on("data", (x) => parts.push(x));
  req.on("end", () => {
    const b = parts.length === 1 ? parts[0] : Buffer.concat(parts);
    st.bytesIn += b.length;
    if (st.arrivals.length < 5000) st.arrivals.push(t0);
    const isResp = req.url.endsWith("/responses");
    const tool = b.includes(TL) && count(b, isResp ? F : T) < N - 1;
    const stream = b.includes(S);
    if (stream) st.stream++;
    const go = () => {
      if (res.destroyed) return;
      isResp ? responses(tool, stream, res) : chat(tool, stream, res);
    };
    if (d) timer = setTimeout(go, d);
    else go();
  });
});
srv.keepAliveTimeout = 60000;
srv.maxRequestsPerSocket = 0;
srv.listen({ port, host: "127.0.0.1", backlog: 4096 }, () => console.log("listening", port));
