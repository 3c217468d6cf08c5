/** This node's row of the connectivity matrix, and the members' clocks as it measured them; read at each scrape. */
import { Gauge, type Registry } from 'prom-client';
import type { LinkView } from '../node/node-api.js';

export class LinkGauges {
  readonly #heard: Gauge<'peer'>;
  readonly #ago: Gauge<'peer'>;
  readonly #offset: Gauge<'peer'>;
  readonly #error: Gauge<'peer'>;

  constructor(registry: Registry) {
    const gauge = (name: string, help: string): Gauge<'peer'> =>
      new Gauge({ name: `sexton_peer_${name}`, help, labelNames: ['peer'], registers: [registry] });
    this.#heard = gauge('heard', '1 when this node hears the peer; each node tells of itself.');
    this.#ago = gauge('last_heard_seconds', 'Since this node last heard from the peer.');
    this.#offset = gauge(
      'clock_offset_seconds',
      'The clock of the peer less that of this node; nothing is ordered by it.',
    );
    this.#error = gauge(
      'clock_offset_error_seconds',
      'What the clock offset may be wrong by: half of the round trip.',
    );
  }

  read(links: readonly LinkView[]): void {
    for (const gauge of [this.#heard, this.#ago, this.#offset, this.#error]) gauge.reset();
    for (const { to, state, lastHeardMs, clock } of links) {
      const labels = { peer: String(to) };
      this.#heard.set(labels, state === 'heard' ? 1 : 0);
      this.#ago.set(labels, lastHeardMs === undefined ? NaN : lastHeardMs / 1000);
      this.#offset.set(labels, clock === undefined ? NaN : clock.offsetMs / 1000);
      this.#error.set(labels, clock === undefined ? NaN : clock.errorMs / 1000);
    }
  }
}
