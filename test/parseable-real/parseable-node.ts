/** One Parseable node, called as its own clients call it: events in, SQL, and the calls on streams. */
import type { Credentials } from './settings.js';

const CALL_TIMEOUT_MS = 60_000;
/** SQL looks at events of this long before now: longer than any run, shorter than the life of test data. */
const LOOK_BACK_MS = 24 * 3_600_000;
const LOOK_AHEAD_MS = 600_000;

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** `events` is undefined when the node refuses the query; `text` is what it said. */
export interface SqlCount {
  readonly events: number | undefined;
  readonly text: string;
}

export class ParseableNode {
  readonly url: string;
  readonly #authorization: string;

  constructor(url: string, { username, password }: Credentials) {
    this.url = url;
    this.#authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }

  /** As clients send: Parseable makes a stream of a name that it does not know. The answer's status. */
  async ingest(stream: string, events: readonly object[]): Promise<number> {
    const { status } = await this.#call('POST', '/api/v1/ingest', events, { 'x-p-stream': stream });
    return status;
  }

  /** To a stream that the node knows; any name fits into a path, ASCII alone into a header. The answer's status. */
  async append(stream: string, events: readonly object[]): Promise<number> {
    return (await this.#call('POST', pathOf(stream), events)).status;
  }

  /** How many events SQL sees. A stream none of whose events has been uploaded has no columns yet: 0. */
  async count(stream: string): Promise<SqlCount> {
    const nowMs = Date.now();
    const { status, text } = await this.#call('POST', '/api/v1/query', {
      query: `select count(*) as n from "${stream}"`,
      startTime: new Date(nowMs - LOOK_BACK_MS).toISOString(),
      endTime: new Date(nowMs + LOOK_AHEAD_MS).toISOString(),
    });
    if (status !== 200) return { events: text.includes('No field named') ? 0 : undefined, text };
    const [row] = JSON.parse(text) as readonly { readonly n: number }[];
    return { events: row?.n ?? 0, text };
  }

  /** Creates it. The answer's status. */
  async create(stream: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
    return (await this.#call('PUT', pathOf(stream), undefined, headers)).status;
  }

  /** Deletes it by Parseable's own call. The answer's status. */
  async remove(stream: string): Promise<number> {
    return (await this.#call('DELETE', pathOf(stream))).status;
  }

  /** Makes an ingest node drop what it holds of a stream, and leaves the bucket alone. The answer's status. */
  async forget(stream: string): Promise<number> {
    return (await this.#call('DELETE', `${pathOf(stream)}/sync`)).status;
  }

  /** Whether the node knows the stream. */
  async holds(stream: string): Promise<boolean> {
    const { status, text } = await this.#call('GET', `${pathOf(stream)}/info`);
    if (status === 200) return true;
    if (status === 404) return false;
    throw new Error(`${this.url} answers ${status} for the info of ${stream}: ${text.slice(0, 200)}`);
  }

  /** Names of all streams that the deployment lists. */
  async streams(): Promise<readonly string[]> {
    const { status, text } = await this.#call('GET', '/api/v1/logstream');
    if (status !== 200) throw new Error(`${this.url} answers ${status} for the list of streams`);
    return (JSON.parse(text) as readonly { readonly name: string }[]).map(({ name }) => name);
  }

  /** What the node says of itself; throws when it cannot be reached or does not accept the credentials. */
  async about(): Promise<{ readonly version: string; readonly mode: string }> {
    const { status, text } = await this.#call('GET', '/api/v1/about');
    if (status !== 200) throw new Error(`${this.url} answers ${status} at /api/v1/about`);
    return JSON.parse(text) as { readonly version: string; readonly mode: string };
  }

  /** Whether it answers at all. */
  async isReachable(): Promise<boolean> {
    return (await this.#readiness()) !== undefined;
  }

  async isReady(): Promise<boolean> {
    return (await this.#readiness()) === 200;
  }

  /** Undefined: not reachable. */
  async #readiness(): Promise<number | undefined> {
    try {
      return (await this.#call('GET', '/api/v1/readiness')).status;
    } catch {
      return undefined;
    }
  }

  async #call(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
      headers: {
        authorization: this.#authorization,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  }
}

function pathOf(stream: string): string {
  return `/api/v1/logstream/${encodeURIComponent(stream)}`;
}
