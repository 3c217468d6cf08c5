/**
 * The gateway for messages: what passes here is well formed, so the rules behind it need not check again.
 * A message that does not pass is ignored, as if the network had lost it. The core never throws for
 * something that a peer sent.
 */
import { isValidConfiguration } from './membership.js';
import type { AppendRequest, Entry, Message, SnapshotMeta, Term } from './types.js';

/** Leaves room to count on from any term or index that passes. */
export const COUNT_MAX = Number.MAX_SAFE_INTEGER - 2 ** 20;

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= COUNT_MAX;
}

export function isWellFormed(message: Message): boolean {
  if (!isCount(message.from) || message.from === 0 || !isCount(message.term) || message.term === 0)
    return false;
  switch (message.kind) {
    case 'preVoteRequest':
    case 'voteRequest':
      return isPosition(message.lastLogIndex, message.lastLogTerm) && message.lastLogTerm < message.term;
    case 'preVoteResponse':
    case 'voteResponse':
    case 'timeoutNow':
      return true;
    case 'appendRequest':
      return (
        isPosition(message.prevLogIndex, message.prevLogTerm) &&
        isCount(message.commitIndex) &&
        areEntries(message)
      );
    case 'appendResponse':
      return (
        isCount(message.matchIndex) &&
        isCount(message.conflictIndex) &&
        isCount(message.hintIndex) &&
        isCount(message.hintTerm)
      );
    case 'heartbeatRequest':
      return isCount(message.commitIndex) && isCount(message.readSequence);
    case 'heartbeatResponse':
      return isCount(message.readSequence);
    case 'readIndexRequest':
      return isCount(message.context);
    case 'readIndexResponse':
      return isCount(message.context) && isCount(message.index);
  }
}

/** Index 0 has term 0, every entry a term of its own. */
function isPosition(index: number, term: number): boolean {
  return isCount(index) && isCount(term) && (index === 0) === (term === 0);
}

/** Consecutive from prevLogIndex + 1, terms never falling and never above the sender's. */
function areEntries(message: AppendRequest): boolean {
  let index = message.prevLogIndex;
  let term = message.prevLogTerm;
  if (term > message.term) return false;
  for (const entry of message.entries) {
    if (entry.index !== index + 1 || entry.term < term || entry.term > message.term || entry.term === 0)
      return false;
    if (!Number.isInteger(entry.term) || !isPayload(entry)) return false;
    index = entry.index;
    term = entry.term;
  }
  return true;
}

function isPayload({ payload }: Entry): boolean {
  switch (payload.kind) {
    case 'noop':
    case 'command':
      return true;
    case 'configuration':
      return isValidConfiguration(payload.configuration);
  }
}

/** The same for the offer of a snapshot: of an entry that a leader of `term` can have. */
export function isSoundOffer(term: Term, { index, term: lastTerm, configuration }: SnapshotMeta): boolean {
  return (
    isCount(term) &&
    isPosition(index, lastTerm) &&
    index > 0 &&
    lastTerm <= term &&
    isValidConfiguration(configuration)
  );
}
