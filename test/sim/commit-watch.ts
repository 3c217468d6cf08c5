/**
 * Finds out, from outside, what is committed: looks at every node after every event, and knows each entry from
 * the moment it is handed to a disk or sent. What the first node to commit an index says becomes history.
 */
import type { Entry, LogIndex, MemberId, Term } from '../../src/raft/types.js';
import type { CommittedLog } from './committed-log.js';
import type { Machine } from './machine.js';
import type { Checks, ObservedMachine } from './observer.js';
import type { Scheduler } from './scheduler.js';
import type { Trace } from './trace.js';

export interface CommitWatchDeps {
  readonly committed: CommittedLog;
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  readonly checks: Required<Checks>;
}

interface Seen {
  readonly role: string;
  readonly term: Term;
  readonly commitIndex: LogIndex;
}

const NOTHING: Seen = { role: '', term: 0, commitIndex: 0 };

export class CommitWatch {
  readonly #deps: CommitWatchDeps;
  readonly #entries = new Map<LogIndex, Map<Term, Entry>>();
  /** What a leader has appended in its term: ahead of what it has handed to its disk. */
  readonly #proposed = new Map<ObservedMachine, Map<LogIndex, Term>>();
  readonly #lastSeen = new Map<ObservedMachine, Seen>();
  readonly #committedAtMs = new Map<LogIndex, number>();

  constructor(deps: CommitWatchDeps) {
    this.#deps = deps;
  }

  /** In virtual time; undefined: not committed. */
  committedAtMs(index: LogIndex): number | undefined {
    return this.#committedAtMs.get(index);
  }

  /** Voters of the last configuration entry that is committed; undefined: there was none, the first is no entry. */
  get voters(): ReadonlySet<MemberId> | undefined {
    const { all } = this.#deps.committed;
    for (let at = all.length - 1; at >= 0; at--) {
      const payload = all[at]?.entry.payload;
      if (payload?.kind === 'configuration') return new Set(payload.configuration.voters.map(({ id }) => id));
    }
    return undefined;
  }

  /** The hooks that this needs, before everybody else's. */
  get checks(): Required<Checks> {
    const { checks } = this.#deps;
    return {
      ...checks,
      written: (machine, batch) => {
        for (const entry of batch.entries) this.#remember(entry);
        checks.written(machine, batch);
      },
      sent: (machine, to, item) => {
        if (item.kind === 'message' && item.message.kind === 'appendRequest') {
          const proposed = this.#proposed.get(machine) ?? new Map<LogIndex, Term>();
          this.#proposed.set(machine, proposed);
          for (const entry of item.message.entries) {
            this.#remember(entry);
            proposed.set(entry.index, entry.term);
          }
        }
        checks.sent(machine, to, item);
      },
    };
  }

  /** After every event. */
  look(machines: readonly Machine[]): void {
    const { committed, checks, trace } = this.#deps;
    for (const machine of machines) {
      const { status } = machine;
      if (status === undefined) {
        if (this.#lastSeen.delete(machine)) this.#proposed.delete(machine);
        continue;
      }
      const { role, term, commitIndex } = status;
      const last = this.#lastSeen.get(machine) ?? NOTHING;
      if (last.role !== role || last.term !== term) {
        trace.write(machine.host, () => `${role} in term ${term}`);
        if (role !== 'leader') this.#proposed.delete(machine);
        checks.role(machine, role, term);
      }
      if (commitIndex !== last.commitIndex) checks.commitMoved(machine, last.commitIndex, commitIndex);
      this.#lastSeen.set(machine, { role, term, commitIndex });
      while (committed.lastIndex < commitIndex && this.#commitNext(machine));
    }
  }

  #commitNext(machine: Machine): boolean {
    const { committed, scheduler, trace, checks } = this.#deps;
    const index = committed.lastIndex + 1;
    const term = this.#proposed.get(machine)?.get(index) ?? machine.written.termAt(index);
    const entry = term === undefined ? undefined : this.#entries.get(index)?.get(term);
    // Known a moment later, when a disk is handed the entry.
    if (entry === undefined) return false;
    this.#committedAtMs.set(index, scheduler.nowMs);
    const made = committed.append(entry);
    trace.write('world', () => {
      const what = made.command?.envelope.command;
      return `commits ${index} of term ${entry.term}: ${what === undefined ? entry.payload.kind : JSON.stringify(what)}`;
    });
    checks.committed(machine, made);
    return true;
  }

  #remember(entry: Entry): void {
    const terms = this.#entries.get(entry.index) ?? new Map<Term, Entry>();
    this.#entries.set(entry.index, terms);
    if (!terms.has(entry.term)) terms.set(entry.term, entry);
  }
}
