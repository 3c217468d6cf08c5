/**
 * The calls that a Parseable node is asked with, and what its answers mean. Nothing here waits or repeats.
 *
 *   GET    /api/v1/about                      who is there: mode and deployment
 *   DELETE /api/v1/logstream/NAME/sync        an ingest node drops staging, memory and stats of a stream;
 *                                             the bucket is not touched, but what the node has uploaded becomes
 *                                             invisible with the next event that comes for the name
 *   DELETE /api/v1/logstream/NAME             a query node or a standalone one does the same, and deletes everything
 *                                             under the stream's prefix in the bucket: see query-window.ts
 *   GET    /api/v1/logstream                  a query node or a standalone one lists the streams in the bucket
 *   GET    /api/v1/logstream/NAME/info        200: the node holds the stream, or has loaded it from the bucket
 *   GET    /api/v1/cluster/info               a query node lists all nodes
 *
 * - N1 404 counts as an acknowledgement: the node does not hold the stream. But any server says 404 to a
 *   path that it does not know, so an answer counts only from a node that has just said, with these
 *   credentials, that it is a Parseable node of the right kind.
 * - N2 Credentials go to the node that was named, and nowhere else; no text made here contains them.
 */
import { HttpFailure, type HttpAnswer, type HttpPort } from './http-call.js';

/** How a node is made to forget: ingest nodes by `/sync`, the others by the delete that also empties the prefix. */
export type NodeKind = 'ingest' | 'query' | 'standalone';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface NodeSettings {
  readonly credentials: Credentials;
  readonly callTimeoutMs: number;
  /** Only nodes of this deployment; '' = any. */
  readonly deploymentId: string;
}

/** The node as a whole cannot be asked now: down, refusing the credentials, or not what it should be. */
export class NodeProblem extends Error {
  override readonly name = 'NodeProblem';
}

/** This stream could not be forgotten; other streams may. */
export class StreamProblem extends Error {
  override readonly name = 'StreamProblem';
}

export interface NodeIdentity {
  /** As the node says it: `Distributed (Ingest)`. */
  readonly mode: string;
  readonly deploymentId: string;
  readonly version: string;
}

interface StreamName {
  /** '' = no tenant. */
  readonly tenant: string;
  readonly name: string;
}

export interface ListedNode {
  /** As the deployment has it: `http://host:port/`. '' = it does not say; `type` alike. */
  readonly address: string;
  readonly type: string;
}

const MODES: Readonly<Record<NodeKind, readonly string[]>> = {
  ingest: ['Distributed (Ingest)'],
  query: ['Distributed (Query)'],
  standalone: ['Standalone'],
};
/** Which flag names a node of a mode. */
const FLAGS: Readonly<Record<string, string>> = {
  'Distributed (Ingest)': '--ingest-node',
  'Distributed (Query)': '--query-node',
  Standalone: '--standalone-node',
};

/** Answers to /about and to deletes are short; a cluster's list has a few hundred bytes a node. */
const ANSWER_BYTES_MAX = 64 * 1024;
const LIST_BYTES_MAX = 4 * 1024 * 1024;
const EXCERPT_CHARS_MAX = 160;

export class ParseableNode {
  readonly url: string;
  readonly kind: NodeKind;
  readonly #settings: NodeSettings;
  readonly #http: HttpPort;
  readonly #authorization: string;

  constructor(url: string, kind: NodeKind, settings: NodeSettings, port: HttpPort) {
    this.url = url;
    this.kind = kind;
    this.#settings = settings;
    this.#http = port;
    const { username, password } = settings.credentials;
    const pair = Buffer.from(`${username}:${password}`);
    this.#authorization = `Basic ${pair.toString('base64')}`;
  }

  /** N1. Throws {@link NodeProblem} unless it is a node of this kind, and of the deployment. */
  async identify(signal: AbortSignal): Promise<NodeIdentity> {
    const answer = await this.#call('GET', '/api/v1/about', '', ANSWER_BYTES_MAX, signal);
    if (answer.status !== 200) throw new NodeProblem(`answered ${this.#said(answer)} when asked what it is`);
    const about = parseObject(answer.body);
    const identity: NodeIdentity = {
      mode: textOf(about?.['mode']),
      deploymentId: textOf(about?.['deploymentId']),
      version: textOf(about?.['version']),
    };
    if (identity.mode === '' || identity.deploymentId === '') {
      throw new NodeProblem('does not answer as a Parseable node does');
    }
    if (!MODES[this.kind].includes(identity.mode)) {
      const flag = FLAGS[identity.mode];
      const advice = flag === undefined ? '' : `; name it in ${flag}`;
      const mode = excerpt(identity.mode);
      throw new NodeProblem(
        `is not a node of the kind '${this.kind}': it says that its mode is ${mode}${advice}`,
      );
    }
    const { deploymentId } = this.#settings;
    if (deploymentId !== '' && identity.deploymentId !== deploymentId) {
      throw new NodeProblem(`belongs to deployment ${excerpt(identity.deploymentId)}, not ${deploymentId}`);
    }
    return identity;
  }

  /**
   * Resolves to whether the node held the stream until now. Idempotent: an answer that was lost is made up
   * for by asking again.
   */
  async forget(stream: StreamName, signal: AbortSignal): Promise<boolean> {
    const suffix = this.kind === 'ingest' ? '/sync' : '';
    const path = `/api/v1/logstream/${encodeURIComponent(stream.name)}${suffix}`;
    const answer = await this.#call('DELETE', path, stream.tenant, ANSWER_BYTES_MAX, signal);
    if (answer.status >= 200 && answer.status < 300) return true;
    if (answer.status === 404) return false; // N1
    throw new StreamProblem(`answered ${this.#said(answer)}`);
  }

  /** Whether the node holds the stream now. A query node loads a stream that the bucket has. Changes nothing else. */
  async holds(stream: StreamName, signal: AbortSignal): Promise<boolean> {
    const path = `/api/v1/logstream/${encodeURIComponent(stream.name)}/info`;
    const answer = await this.#call('GET', path, stream.tenant, ANSWER_BYTES_MAX, signal);
    if (answer.status === 200) return true;
    if (answer.status === 404) return false; // N1
    throw new StreamProblem(`answered ${this.#said(answer)} when asked for its info`);
  }

  /** The names of the streams that have metadata in the bucket. Not of an ingest node. */
  async listStreams(tenant: string, signal: AbortSignal): Promise<readonly string[]> {
    const answer = await this.#call('GET', '/api/v1/logstream', tenant, LIST_BYTES_MAX, signal);
    if (answer.status !== 200)
      throw new NodeProblem(`answered ${this.#said(answer)} when asked for its streams`);
    const rows = parseJson(answer.body);
    if (!Array.isArray(rows)) throw new NodeProblem('does not list its streams as Parseable does');
    return rows.map((row: unknown) => {
      const name = isObject(row) ? textOf(row['name']) : '';
      if (name === '') throw new NodeProblem('lists a stream without a name');
      return name;
    });
  }

  /** Every node of the deployment, as this query node knows them. */
  async listNodes(signal: AbortSignal): Promise<readonly ListedNode[]> {
    const answer = await this.#call('GET', '/api/v1/cluster/info', '', LIST_BYTES_MAX, signal);
    if (answer.status !== 200)
      throw new NodeProblem(`answered ${this.#said(answer)} when asked for its nodes`);
    const rows = parseJson(answer.body);
    if (!Array.isArray(rows)) throw new NodeProblem('does not list its nodes as Parseable does');
    return rows.map((row: unknown) => {
      const { domain_name: address, node_type: type } = isObject(row) ? row : {};
      return { address: textOf(address), type: textOf(type) };
    });
  }

  close(): void {
    this.#http.close();
  }

  async #call(
    method: 'GET' | 'DELETE',
    path: string,
    tenant: string,
    bodyBytesMax: number,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const headers: Record<string, string> = {
      authorization: this.#authorization,
      accept: 'application/json',
    };
    if (tenant !== '') headers['x-p-tenant'] = tenant;
    const { callTimeoutMs: timeoutMs } = this.#settings;
    const request = { method, url: `${this.url}${path}`, headers, timeoutMs, bodyBytesMax };
    let answer: HttpAnswer;
    try {
      answer = await this.#http.call(request, signal);
    } catch (error) {
      if (error instanceof HttpFailure) throw new NodeProblem(error.message, { cause: error });
      throw error;
    }
    const { status, location } = answer;
    if (status >= 300 && status < 400) {
      throw new NodeProblem(`redirects to ${excerpt(location)}: name the address that is meant`); // N2
    }
    if (status === 401 || status === 403) throw new NodeProblem(`refuses the credentials (${status})`);
    if (status === 429 || status === 503)
      throw new NodeProblem(`is not serving: answered ${this.#said(answer)}`);
    return answer;
  }

  /** A proxy may send back what it was sent: that is for nobody's screen or log (N2). */
  #said({ status, body }: HttpAnswer): string {
    const { password } = this.#settings.credentials;
    const harmless = body.replaceAll(this.#authorization.slice('Basic '.length), '***');
    const text = excerpt(password === '' ? harmless : harmless.replaceAll(password, '***'));
    return text === '' ? String(status) : `${status}: ${text}`;
  }
}

/** One short line of what a node said, for people. */
export function excerpt(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= EXCERPT_CHARS_MAX ? line : `${line.slice(0, EXCERPT_CHARS_MAX)}…`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  const value = parseJson(text);
  return isObject(value) ? value : undefined;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
