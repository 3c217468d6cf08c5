/**
 * The nodes behind the gateway: one list that takes turns. A node that cannot be reached is passed over for a while,
 * longer each time, as long as another one is left; when none is, the one that is due first is tried all the same.
 */
import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import { rootCertificates } from 'node:tls';
import { parseNodeUrl } from '../node-address.js';

const COOL_DOWN = { initialMs: 1_000, maxMs: 30_000 };

/**
 * Parseable closes a connection that was idle for 5 s (P_ACTIX_KEEP_ALIVE). One that is reused in that moment breaks
 * with the request on it, which cannot be repeated. So the gateway closes first.
 */
const IDLE_CONNECTION_MS = 4_000;
const IDLE_CONNECTIONS_MAX = 256;

export interface UpstreamOptions {
  /** PEM certificates to trust beside Node's own, for https. */
  readonly ca?: string;
}

/** What the proxy library takes as a target. */
export interface UpstreamAddress {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: number;
  readonly pathname: string;
}

export class Upstream {
  readonly url: string;
  readonly address: UpstreamAddress;
  readonly agent: http.Agent;
  /** PEM certificates to trust; undefined: Node's own. */
  readonly ca: string | undefined;
  #failures = 0;
  #downUntilMs = -Infinity;

  constructor(url: string, { ca }: UpstreamOptions) {
    const { protocol, hostname, port, pathname } = new URL(url);
    const isTls = protocol === 'https:';
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    this.url = url;
    this.address = { protocol, hostname: host, port: Number(port) || (isTls ? 443 : 80), pathname };
    const pooled = { keepAlive: true, maxFreeSockets: IDLE_CONNECTIONS_MAX, timeout: IDLE_CONNECTION_MS };
    // Of its own name, not of the client's Host header, which Node would check the certificate against.
    this.ca = ca === undefined ? undefined : [...rootCertificates, ca].join('\n');
    const tls = {
      servername: isIP(host) === 0 ? host : '',
      ...(this.ca === undefined ? {} : { ca: this.ca }),
    };
    this.agent = isTls ? new https.Agent({ ...pooled, ...tls }) : new http.Agent(pooled);
  }

  get downUntilMs(): number {
    return this.#downUntilMs;
  }

  answered(): void {
    this.#failures = 0;
    this.#downUntilMs = -Infinity;
  }

  unreachable(nowMs: number): void {
    this.#failures += 1;
    const waitMs = COOL_DOWN.initialMs * 2 ** Math.min(this.#failures - 1, 10);
    this.#downUntilMs = nowMs + Math.min(COOL_DOWN.maxMs, waitMs);
  }
}

export class UpstreamPool {
  readonly upstreams: readonly Upstream[];
  #next = 0;

  /** `urls`: as flags have them; `field`: the flag. Throws INVALID_ARGUMENT that names it. */
  constructor(urls: readonly string[], field: string, options: UpstreamOptions = {}) {
    const spelt = [...new Set(urls.map((url) => parseNodeUrl(url, field)))];
    this.upstreams = spelt.map((url) => new Upstream(url, options));
  }

  /** Undefined: every one was tried. */
  next(nowMs: number, tried: ReadonlySet<Upstream>): Upstream | undefined {
    const { upstreams } = this;
    const turn = this.#next;
    this.#next = (turn + 1) % upstreams.length;
    const inTurn = [...upstreams.slice(turn), ...upstreams.slice(0, turn)];
    const left = inTurn.filter((upstream) => !tried.has(upstream));
    const up = left.find(({ downUntilMs }) => downUntilMs <= nowMs);
    if (up !== undefined || tried.size > 0) return up;
    return left.reduce<Upstream | undefined>(
      (first, each) => (first === undefined || each.downUntilMs < first.downUntilMs ? each : first),
      undefined,
    );
  }

  close(): void {
    for (const { agent } of this.upstreams) agent.destroy();
  }
}
