/**
 * P3 beside a node that nobody can patch: clients may make it take a stream up again at any moment, also just after it has
 * let go. A purge begins only when none that its helper's session speaks for was found to do so for one upload deadline.
 */
import type { SessionId } from '../../../src/catalog/types.js';
import type { Committed } from '../committed-log.js';
import { Violation } from '../violation.js';
import { nameOf } from './layout.js';

export interface QuietNodesDeps {
  readonly uploadDeadlineMs: number;
  readonly nowMs: () => number;
  readonly violated: (violation: Violation) => void;
}

interface LetGo {
  /** The helper's own, OPEN when it heard of this. */
  readonly sessionId: SessionId | undefined;
  readonly heardMs: number;
}

/** Clocks are not exact, and the leader hears of it later still. */
const TOLERANCE = 0.9;

export class QuietNodes {
  readonly #deps: QuietNodesDeps;
  /** OPEN ones, by node id. */
  readonly #sessions = new Map<string, SessionId>();
  /** When the helper heard last that a node had held a stream until it was asked, by `host name`. */
  readonly #letGo = new Map<string, LetGo>();

  constructor(deps: QuietNodesDeps) {
    this.#deps = deps;
  }

  /** A node has told the helper that it held the stream until it was asked to forget it. */
  heldUntilAsked(host: string, name: string): void {
    this.#letGo.set(`${host} ${name}`, { sessionId: this.#sessions.get(host), heardMs: this.#deps.nowMs() });
  }

  committed({ entry, command, before, after }: Committed): void {
    if (command?.result.ok === true && command.result.changed)
      this.#follow(command.envelope.command, entry.index);
    if (after === undefined || after.state !== 'PURGING' || after.purge.discardNewWrites) return;
    if (before?.purge.phase !== 'DRAINING' || after.purge.phase === 'DRAINING') return;
    const { nowMs, uploadDeadlineMs, violated } = this.#deps;
    const name = nameOf(after.prefix);
    for (const [host, sessionId] of this.#sessions) {
      const letGo = this.#letGo.get(`${host} ${name}`);
      if (letGo?.sessionId !== sessionId) continue;
      const quietMs = nowMs() - letGo.heardMs;
      if (quietMs >= uploadDeadlineMs * TOLERANCE) continue;
      const facts = `the purge of ${name} begins ${quietMs.toFixed(0)} ms after ${host} was found to hold it; uploads take up to ${uploadDeadlineMs} ms`;
      violated(new Violation('a purge waits until no node takes its stream up again', facts));
      return;
    }
  }

  #follow(command: NonNullable<Committed['command']>['envelope']['command'], index: number): void {
    switch (command.kind) {
      case 'openSession': {
        if (URL.canParse(command.nodeId)) this.#sessions.set(new URL(command.nodeId).hostname, index);
        return;
      }
      case 'closeSession':
      case 'expireSession': {
        for (const [host, id] of this.#sessions) if (id === command.sessionId) this.#sessions.delete(host);
        return;
      }
      default:
    }
  }
}
