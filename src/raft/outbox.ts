/**
 * Everything a step decides to say, until the next drain takes it. Two lists for messages because two
 * orders exist: what promises something durable waits for the write, everything else does not
 * (`Effects` in types.ts has the contract).
 */
import type { AppendResponse, LogIndex, MemberId, Message, ReadState, Term } from './types.js';

export interface SnapshotRequest {
  readonly to: MemberId;
  readonly term: Term;
}

export class Outbox {
  #sendNow: Message[] = [];
  #sendAfterPersist: Message[] = [];
  #readStates: ReadState[] = [];
  #snapshotsToSend: SnapshotRequest[] = [];

  get isEmpty(): boolean {
    return (
      this.#sendNow.length === 0 &&
      this.#sendAfterPersist.length === 0 &&
      this.#readStates.length === 0 &&
      this.#snapshotsToSend.length === 0
    );
  }

  /** For what promises nothing that a crash could take back. */
  sendNow(message: Message): void {
    this.#sendNow.push(message);
  }

  /** For votes asked or given, and whatever else rests on this drain's write. */
  sendAfterPersist(message: Message): void {
    this.#sendAfterPersist.push(message);
  }

  /**
   * An accepted append. Many appends taken between two drains are durable at the same moment, so one
   * answer speaks for all of them.
   */
  acceptAppend(response: AppendResponse): void {
    const at = this.#sendAfterPersist.findIndex(
      (queued) => isAcceptance(queued) && queued.to === response.to,
    );
    const queued = this.#sendAfterPersist[at];
    if (queued === undefined || !isAcceptance(queued)) {
      this.#sendAfterPersist.push(response);
      return;
    }
    if (queued.term === response.term && queued.matchIndex > response.matchIndex) return;
    this.#sendAfterPersist[at] = response;
  }

  /**
   * Takes back what was accepted from `from` on and has been cut off before it could be written: nothing
   * leaves that speaks of more than this drain and those before it make durable.
   */
  retractAcceptances(from: LogIndex): void {
    this.#sendAfterPersist = this.#sendAfterPersist.filter(
      (message) => !isAcceptance(message) || message.matchIndex < from,
    );
  }

  answerRead(context: number, index: LogIndex | undefined): void {
    this.#readStates.push({ context, index });
  }

  sendSnapshot(request: SnapshotRequest): void {
    this.#snapshotsToSend.push(request);
  }

  take(): {
    readonly sendNow: readonly Message[];
    readonly sendAfterPersist: readonly Message[];
    readonly readStates: readonly ReadState[];
    readonly snapshotsToSend: readonly SnapshotRequest[];
  } {
    const taken = {
      sendNow: this.#sendNow,
      sendAfterPersist: this.#sendAfterPersist,
      readStates: this.#readStates,
      snapshotsToSend: this.#snapshotsToSend,
    };
    this.#sendNow = [];
    this.#sendAfterPersist = [];
    this.#readStates = [];
    this.#snapshotsToSend = [];
    return taken;
  }
}

function isAcceptance(message: Message): message is AppendResponse {
  return message.kind === 'appendResponse' && !message.rejected;
}
