/**
 * A small ticket system over HTTP, to try tools on that act in the world.
 *
 *   node examples/tickets/ticket-system.ts --port 8080 --knows keys --file tickets.jsonl
 *
 *   POST /tickets  {"title": "…", "reference": "…"}   opens a ticket: 201 {"number": 1, "title": "…"}
 *   GET  /tickets                                      all tickets
 *   GET  /tickets?reference=…                          those that were opened under this reference
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";

export interface Ticket {
  readonly number: number;
  readonly title: string;
  readonly reference?: string;
  readonly key?: string;
}

/**
 * What it does about calls that come twice. `keys`: opens one ticket for one `Idempotency-Key`. `references`: opens
 * one each time, and finds tickets by their reference. `nothing`: neither.
 */
export type Knows = "keys" | "references" | "nothing";

export interface TicketSystemOptions {
  readonly knows: Knows;
  /** Where tickets are kept, one a line; without it in memory. */
  readonly file?: string;
  /** Default: any free one. */
  readonly port?: number;
  /** For those who want to see what happens when things break just then: before a ticket is opened, and before it is told. */
  readonly before?: (moment: "opening" | "telling", title: string) => Promise<void> | void;
}

export interface TicketSystem extends AsyncDisposable {
  readonly url: string;
  /** All tickets, in the order in which they were opened. */
  readonly tickets: readonly Ticket[];
}

export async function startTicketSystem(options: TicketSystemOptions): Promise<TicketSystem> {
  const desk = new TicketDesk(options);
  const server = createServer((request, response) => {
    handle(request, response, desk).catch((error: unknown) => tell(response, 500, { problem: String(error) }));
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    tickets: desk.tickets,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function handle(request: IncomingMessage, response: ServerResponse, desk: TicketDesk): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  if (pathname !== "/tickets") return tell(response, 404, { problem: "There are only /tickets here." });
  if (request.method === "POST") {
    const { title, reference } = JSON.parse(await textOf(request)) as { title?: string; reference?: string };
    const key = request.headers["idempotency-key"];
    return tell(response, ...(await desk.open({ title: title ?? "", reference, key: key?.toString() })));
  }
  const reference = searchParams.get("reference");
  return tell(response, ...(reference === null ? ([200, desk.tickets] as const) : desk.find(reference)));
}

/** What comes with a call. */
interface Asked {
  readonly title: string;
  readonly reference: string | undefined;
  readonly key: string | undefined;
}

type Answer = readonly [status: number, body: unknown];

class TicketDesk {
  readonly tickets: Ticket[];
  readonly #options: TicketSystemOptions;
  /** References of calls that have come and have not been seen to yet. */
  readonly #underWay = new Set<string>();

  constructor(options: TicketSystemOptions) {
    this.#options = options;
    this.tickets = readTickets(options.file);
  }

  async open({ title, reference, key }: Asked): Promise<Answer> {
    const { knows, before } = this.#options;
    if (title.trim() === "") return [422, { problem: "A ticket needs a title." }];
    if (reference !== undefined) this.#underWay.add(reference);
    await before?.("opening", title);
    const known = knows === "keys" && key !== undefined && this.tickets.find((each) => each.key === key);
    const ticket = known || this.#keep({ title, ...(reference ? { reference } : {}), ...(key ? { key } : {}) });
    if (reference !== undefined) this.#underWay.delete(reference);
    await before?.("telling", title);
    return [known ? 200 : 201, ticket];
  }

  /** Whoever asks must not hear "none" of one that is about to be opened. */
  find(reference: string): Answer {
    if (this.#options.knows !== "references") return [404, { problem: "References are not known here." }];
    if (this.#underWay.has(reference)) return [202, { problem: "It is being seen to." }];
    return [200, this.tickets.filter((each) => each.reference === reference)];
  }

  #keep(what: Omit<Ticket, "number">): Ticket {
    const { file } = this.#options;
    const ticket = { number: this.tickets.length + 1, ...what };
    this.tickets.push(ticket);
    if (file !== undefined) appendFileSync(file, `${JSON.stringify(ticket)}\n`);
    return ticket;
  }
}

function readTickets(file: string | undefined): Ticket[] {
  if (file === undefined || !existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Ticket);
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of request) parts.push(part as Uint8Array);
  return Buffer.concat(parts).toString();
}

function tell(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(body)}\n`);
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "8080" },
      knows: { type: "string", default: "keys" },
      file: { type: "string" },
    },
  });
  const { port, knows, file } = values;
  const system = await startTicketSystem({ port: Number(port), knows: knows as Knows, ...(file ? { file } : {}) });
  console.log(`The ticket system is at ${system.url}/tickets and knows ${knows}.`);
}
