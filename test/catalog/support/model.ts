/**
 * A second catalog, naive on purpose: a list of lives, prefixes compared with each other by their text,
 * no keys, no counters, no encodings. The property tests hold the real one against it.
 */
import type { Command, CommandEnvelope, StreamState } from '../../../src/catalog/types.js';

interface Life {
  readonly tenant: string;
  readonly name: string;
  readonly incarnation: number;
  readonly prefix: string;
  state: StreamState | 'DRAINING' | 'FORGOTTEN';
  revision: number;
  /** Counts up: the current life of a name is the one that was made ACTIVE last. */
  activation: number;
  purgeAfterMs: number;
  reusableAfterMs: number;
  paused: boolean;
  tombstone: number;
  drain: number;
  discards: boolean;
  progress: string;
  totals: [objects: number, bytes: number, attempts: number];
  nextSweepMs: number;
  sweeps: number;
}

interface ModelSession {
  readonly id: number;
  readonly openedRevision: number;
  readonly ttlMs: number;
  readonly uploadDeadlineMs: number;
  /** Undefined while OPEN. */
  settledAfterMs: number | undefined;
}

/** The reason of a refusal; else whether something changed, and the life that the answer shows. */
export type ModelAnswer = string | { readonly changed: boolean; readonly life: number | undefined };

export class ModelCatalog {
  readonly lives: Life[] = [];
  sessions: ModelSession[] = [];
  #nowMs = 0;
  #paused = false;
  #activations = 0;
  readonly #requests = new Map<string, { command: string; answer: ModelAnswer }>();

  apply({ command, requestId, stampMs }: CommandEnvelope, index: number): ModelAnswer {
    this.#nowMs = Math.max(this.#nowMs, stampMs);
    const text = JSON.stringify(command);
    const known = this.#requests.get(requestId);
    if (requestId !== '' && known !== undefined) {
      if (known.command !== text) return 'INVALID_ARGUMENT';
      if (typeof known.answer === 'string') return known.answer;
      if (command.kind.endsWith('Session')) return { changed: false, life: undefined };
      const life = this.lives.find(
        ({ incarnation, state }) =>
          incarnation === (known.answer as { life: number }).life && state !== 'FORGOTTEN',
      );
      return { changed: false, life: life?.incarnation };
    }
    const answer = this.#execute(command, index);
    if (requestId !== '') this.#requests.set(requestId, { command: text, answer });
    return answer;
  }

  #execute(command: Command, index: number): ModelAnswer {
    if (command.kind === 'createStream' || command.kind === 'adoptStream')
      return this.#create(command, index);
    if (command.kind === 'openSession') {
      this.sessions.push({
        id: index,
        openedRevision: command.coversEarlier ? 0 : index,
        ttlMs: command.ttlMs,
        uploadDeadlineMs: command.uploadDeadlineMs,
        settledAfterMs: undefined,
      });
      return { changed: true, life: undefined };
    }
    if (command.kind === 'closeSession' || command.kind === 'expireSession') {
      const isSettled = command.kind === 'closeSession' && command.settled;
      return { changed: this.#endSession(command.sessionId, command.kind, isSettled), life: undefined };
    }
    if (command.kind === 'setPurgePaused' && command.name === '') {
      const changed = this.#paused !== command.paused;
      this.#paused = command.paused;
      return { changed, life: undefined };
    }
    if ('name' in command) {
      const { tenant, name, incarnation } = command;
      const named = this.#kept().filter((life) => life.tenant === tenant && life.name === name);
      const current = this.#current(tenant, name);
      const life = incarnation === 0 ? current : named.find((one) => one.incarnation === incarnation);
      if (command.kind === 'markDeleted') {
        if (life === undefined && current === undefined) {
          return command.allowMissing ? { changed: false, life: undefined } : 'STREAM_NOT_FOUND';
        }
        if (life === undefined || (current !== undefined && life !== current)) return 'INCARNATION_MISMATCH';
      }
      if (life === undefined) return current === undefined ? 'STREAM_NOT_FOUND' : 'INCARNATION_MISMATCH';
      return this.#onLife(life, command, index);
    }
    const life = this.#kept().find(({ incarnation }) => incarnation === command.incarnation);
    if (life !== undefined) return this.#onLife(life, command, index);
    return command.kind === 'forgetStream' ? { changed: false, life: undefined } : 'STREAM_NOT_FOUND';
  }

  #endSession(id: number, kind: string, isSettled: boolean): boolean {
    const session = this.sessions.find((one) => one.id === id);
    if (session === undefined) return false;
    const { settledAfterMs } = session;
    const isOver = settledAfterMs !== undefined && kind === 'expireSession' && this.#nowMs > settledAfterMs;
    if (isSettled || isOver) {
      this.sessions = this.sessions.filter((one) => one !== session);
      return true;
    }
    const leaseMs = kind === 'closeSession' ? session.ttlMs : 0;
    session.settledAfterMs ??= this.#nowMs + leaseMs + session.uploadDeadlineMs;
    return settledAfterMs === undefined;
  }

  /** By a later life of the same prefix, or one that is not PURGED and overlaps it. */
  #isTakenOver({ prefix, incarnation }: Life): boolean {
    return this.lives.some((other) => {
      if (other.prefix === prefix) return other.incarnation > incarnation;
      const isLive = other.state !== 'PURGED' && other.state !== 'FORGOTTEN';
      return isLive && (other.prefix.startsWith(prefix) || prefix.startsWith(other.prefix));
    });
  }

  #create(command: Extract<Command, { kind: 'createStream' | 'adoptStream' }>, index: number): ModelAnswer {
    const { tenant, name } = command;
    const standard = `${tenant === '' ? '' : `${tenant}/`}${name}/${index}/`;
    const prefix = command.prefix === '' ? standard : command.prefix;
    const reasons = new Set<string>();
    for (const life of this.#kept()) {
      const isSame = life.tenant === tenant && life.name === name;
      if (isSame && life.state === 'ACTIVE') return 'STREAM_EXISTS';
      if (!prefix.startsWith(life.prefix) && !life.prefix.startsWith(prefix)) continue;
      if (life.state === 'PURGED') {
        if (life.reusableAfterMs > this.#nowMs) reasons.add('PURGE_PENDING');
        continue;
      }
      const isEqual = life.prefix === prefix;
      const isAbove = !isEqual && prefix.startsWith(life.prefix);
      const willPass = life.state !== 'ACTIVE' && (isEqual || (isAbove && isSame));
      reasons.add(willPass ? 'PURGE_PENDING' : 'PREFIX_OVERLAP');
    }
    // With several in the way either reason is true; which one is told first is not the model's business.
    if (reasons.size > 1) return 'PREFIX_OVERLAP or PURGE_PENDING';
    for (const reason of reasons) return reason;
    const isDead = command.kind === 'adoptStream' && command.state === 'DELETED';
    this.lives.push({
      tenant,
      name,
      incarnation: index,
      prefix,
      state: isDead ? 'DELETED' : 'ACTIVE',
      revision: index,
      activation: ++this.#activations,
      purgeAfterMs: isDead ? this.#nowMs + command.gracePeriodMs : 0,
      tombstone: isDead ? index : 0,
      drain: 0,
      discards: false,
      nextSweepMs: 0,
      sweeps: 0,
      reusableAfterMs: 0,
      paused: false,
      progress: '',
      totals: [0, 0, 0],
    });
    return { changed: true, life: index };
  }

  #onLife(life: Life, command: Command, index: number): ModelAnswer {
    const done = (changed: boolean): ModelAnswer => ({ changed, life: life.incarnation });
    const moveTo = (state: Life['state']): ModelAnswer => {
      life.state = state;
      life.revision = index;
      return done(true);
    };
    if ('ifRevision' in command && command.ifRevision !== 0 && command.ifRevision !== life.revision) {
      return 'ETAG_MISMATCH';
    }
    switch (command.kind) {
      case 'markDeleted':
        if (life.state !== 'ACTIVE') return done(false);
        life.purgeAfterMs = this.#nowMs + command.gracePeriodMs;
        life.progress = '';
        life.totals = [0, 0, 0];
        life.tombstone = index;
        return moveTo('DELETED');
      case 'undelete': {
        if (life.state === 'ACTIVE') return 'STREAM_NOT_DELETED';
        if (life.state !== 'DELETED') return 'PURGE_STARTED';
        if (this.#current(life.tenant, life.name)?.state === 'ACTIVE') return 'STREAM_EXISTS';
        life.activation = ++this.#activations;
        life.paused = false;
        return moveTo('ACTIVE');
      }
      case 'beginDrain':
        if (life.state === 'ACTIVE') return 'STREAM_NOT_DELETED';
        if (life.state === 'DRAINING' || life.state === 'PURGING') return done(false);
        if (life.state === 'PURGED') return 'PURGE_STARTED';
        if (this.#nowMs < life.purgeAfterMs || life.paused || this.#paused) return 'PURGE_PENDING';
        life.drain = index;
        return moveTo('DRAINING');
      case 'beginPurge':
        if (life.state === 'ACTIVE') return 'STREAM_NOT_DELETED';
        if (life.state === 'PURGING') return done(false);
        if (life.state === 'PURGED') return 'PURGE_STARTED';
        if (life.state === 'DELETED' || command.drainRevision !== life.drain) return 'PURGE_PENDING';
        if (life.paused || this.#paused) return 'PURGE_PENDING';
        life.progress = 'RUNNING,,0';
        return moveTo('PURGING');
      case 'beginPurgeUndrained':
        if (life.state === 'ACTIVE') return 'STREAM_NOT_DELETED';
        if (life.state === 'PURGING') return done(false);
        if (life.state === 'PURGED') return 'PURGE_STARTED';
        if (life.state === 'DRAINING') return 'PURGE_PENDING';
        if (this.#nowMs < life.purgeAfterMs || life.paused || this.#paused) return 'PURGE_PENDING';
        if (![0, life.tombstone].includes(command.tombstoneRevision)) return 'PURGE_PENDING';
        life.progress = 'RUNNING,,0';
        return moveTo('PURGING');
      case 'recordPurgeProgress': {
        if (life.state === 'ACTIVE') return 'STREAM_NOT_DELETED';
        if (life.state === 'DELETED' || life.state === 'DRAINING') return 'PURGE_PENDING';
        if (life.state === 'PURGED') return 'PURGE_STARTED';
        const nextMs = command.phase === 'RUNNING' ? 0 : command.nextAttemptTimeMs;
        const before = JSON.stringify([life.progress, life.totals]);
        life.progress = `${command.phase},${command.lastError},${nextMs}`;
        life.totals = [
          Math.max(life.totals[0], command.objectsDeleted),
          Math.max(life.totals[1], command.bytesDeleted),
          Math.max(life.totals[2], command.attempts),
        ];
        return done(JSON.stringify([life.progress, life.totals]) !== before);
      }
      case 'markPurged':
        if (life.state === 'ACTIVE') return 'STREAM_NOT_DELETED';
        if (life.state === 'DELETED' || life.state === 'DRAINING') return 'PURGE_PENDING';
        if (life.state === 'PURGED') return done(false);
        life.reusableAfterMs = command.reusableAfterMs;
        life.nextSweepMs = command.nextSweepTimeMs;
        return moveTo('PURGED');
      case 'beginSweep': {
        if (life.state === 'ACTIVE') return 'STREAM_NOT_DELETED';
        if (life.state !== 'PURGED') return 'PURGE_PENDING';
        if (life.nextSweepMs === 0) return done(false);
        if (life.paused || this.#paused) return 'PURGE_PENDING';
        if (this.#isTakenOver(life)) return 'PREFIX_OVERLAP';
        const isLater = command.reusableAfterMs > life.reusableAfterMs;
        if (isLater) life.reusableAfterMs = command.reusableAfterMs;
        return done(isLater);
      }
      case 'recordSweep':
        if (life.state === 'ACTIVE') return 'STREAM_NOT_DELETED';
        if (life.state !== 'PURGED') return 'PURGE_PENDING';
        if (life.nextSweepMs === 0 || this.#nowMs < life.nextSweepMs) return done(false);
        life.nextSweepMs = command.nextSweepTimeMs;
        life.sweeps++;
        return done(true);
      case 'forgetStream':
        if (life.state === 'ACTIVE') return 'STREAM_NOT_DELETED';
        if (life.state !== 'PURGED' || this.#nowMs < life.reusableAfterMs) return 'PURGE_PENDING';
        if (life.nextSweepMs !== 0) return 'PURGE_PENDING';
        return moveTo('FORGOTTEN');
      case 'retryPurge': {
        if (life.state === 'ACTIVE') return 'STREAM_NOT_DELETED';
        const isPurged = life.state === 'DRAINING' || life.state === 'PURGING';
        if (!isPurged) return command.discardNewWrites ? 'PURGE_PENDING' : done(false);
        const before = `${life.progress} ${life.discards}`;
        life.discards ||= command.discardNewWrites;
        if (life.state === 'PURGING') {
          const lastError = life.progress.split(',')[1] ?? '';
          life.progress = `RUNNING,${lastError},0`;
        }
        return done(`${life.progress} ${life.discards}` !== before);
      }
      case 'setPurgePaused': {
        if (life.state === 'ACTIVE') return 'STREAM_NOT_DELETED';
        const changed = life.paused !== command.paused;
        life.paused = command.paused;
        return done(changed);
      }
      default:
        throw new Error(`no life is needed for ${command.kind}`);
    }
  }

  #kept(): Life[] {
    return this.lives.filter(({ state }) => state !== 'FORGOTTEN');
  }

  /** Nothing when the life that was ACTIVE last is forgotten, older ones notwithstanding. */
  #current(tenant: string, name: string): Life | undefined {
    const named = this.lives.filter((life) => life.tenant === tenant && life.name === name);
    const last = named.sort((a, b) => b.activation - a.activation)[0];
    return last?.state === 'FORGOTTEN' ? undefined : last;
  }
}
