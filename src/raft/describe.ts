/**
 * One line for everything that a person reads in a log, a scenario's transcript or a failed simulation.
 * Stable: transcripts are compared character by character.
 *
 *     1->2 appendRequest term=2 prev=5/1 entries=[6/2 "create a"] commit=5
 */
import type {
  Configuration,
  CoreStatus,
  Effects,
  Entry,
  EntryPayload,
  Message,
  StepOutcome,
} from './types.js';

const MAX_TEXT = 24;

/** Printable commands as text, all others by their size. */
function describePayload(payload: EntryPayload): string {
  switch (payload.kind) {
    case 'noop':
      return 'noop';
    case 'configuration':
      return describeConfiguration(payload.configuration);
    case 'command': {
      const { data } = payload;
      const isText = data.length <= MAX_TEXT && data.every((byte) => byte >= 0x20 && byte < 0x7f);
      return isText ? JSON.stringify(String.fromCharCode(...data)) : `command(${data.length} bytes)`;
    }
  }
}

export function describeConfiguration({ voters, learners }: Configuration): string {
  const ids = (members: readonly { readonly id: number }[]): string => members.map(({ id }) => id).join(',');
  return `voters=${ids(voters)}${learners.length > 0 ? ` learners=${ids(learners)}` : ''}`;
}

/** `index/term payload`. */
export function describeEntry(entry: Entry): string {
  return `${entry.index}/${entry.term} ${describePayload(entry.payload)}`;
}

function describeEntries(entries: readonly Entry[]): string {
  return `[${entries.map(describeEntry).join(', ')}]`;
}

export function describeMessage(message: Message): string {
  return `${message.from}->${message.to} ${message.kind} term=${message.term}${describeBody(message)}`;
}

function describeBody(message: Message): string {
  switch (message.kind) {
    case 'preVoteRequest':
      return ` last=${message.lastLogIndex}/${message.lastLogTerm}`;
    case 'voteRequest':
      return ` last=${message.lastLogIndex}/${message.lastLogTerm}${message.leadershipTransfer ? ' transfer' : ''}`;
    case 'preVoteResponse':
    case 'voteResponse':
      return message.granted ? ' granted' : ' refused';
    case 'appendRequest': {
      const entries = message.entries.length > 0 ? ` entries=${describeEntries(message.entries)}` : '';
      return ` prev=${message.prevLogIndex}/${message.prevLogTerm}${entries} commit=${message.commitIndex}`;
    }
    case 'appendResponse':
      return message.rejected
        ? ` rejected=${message.conflictIndex} hint=${message.hintIndex}/${message.hintTerm}`
        : ` match=${message.matchIndex}`;
    case 'heartbeatRequest':
      return ` commit=${message.commitIndex} read=${message.readSequence}`;
    case 'heartbeatResponse':
      return ` read=${message.readSequence}`;
    case 'readIndexRequest':
      return ` context=${message.context}`;
    case 'readIndexResponse':
      return ` context=${message.context}${message.refused ? ' refused' : ` index=${message.index}`}`;
    case 'timeoutNow':
      return '';
  }
}

/** One line for each thing to be done, in the order in which it is to be done; none for an empty drain. */
export function describeEffects(effects: Effects): readonly string[] {
  const { hardState, truncateFrom, entries, committed, readStates, snapshotsToSend, roleChange } = effects;
  const lines: string[] = [];
  if (roleChange !== undefined) {
    const leader = roleChange.leader === 0 ? 'no leader' : `leader ${roleChange.leader}`;
    lines.push(`role ${roleChange.role}, term ${roleChange.term}, ${leader}`);
  }
  for (const message of effects.sendNow) lines.push(`send now ${describeMessage(message)}`);
  if (truncateFrom !== undefined) lines.push(`truncate from ${truncateFrom}`);
  if (entries.length > 0) lines.push(`append ${describeEntries(entries)}`);
  if (hardState !== undefined) {
    lines.push(`store term=${hardState.term} vote=${hardState.votedFor} commit=${hardState.commitIndex}`);
  }
  for (const message of effects.sendAfterPersist)
    lines.push(`send after persist ${describeMessage(message)}`);
  if (committed.length > 0) lines.push(`committed ${describeEntries(committed)}`);
  for (const { context, index } of readStates)
    lines.push(`read ${context} ${index === undefined ? 'refused' : `at ${index}`}`);
  for (const { to, term } of snapshotsToSend) lines.push(`send snapshot to ${to}, term ${term}`);
  return lines;
}

export function describeOutcome(outcome: StepOutcome): string {
  switch (outcome.kind) {
    case 'done':
    case 'overloaded':
      return outcome.kind;
    case 'appended':
      return `appended at ${outcome.firstIndex}, term ${outcome.term}`;
    case 'notLeader':
      return `not the leader; ${outcome.leader === 0 ? 'none is known' : `that is ${outcome.leader}`}`;
    case 'transferring':
      return `handing over to ${outcome.target}`;
    case 'refused':
      return `refused: ${outcome.reason === undefined ? '' : `${outcome.reason}, `}${outcome.cause}`;
  }
}

/** A node on one line; a leader's followers on one more each. */
export function describeStatus(status: CoreStatus): readonly string[] {
  const { id, role, term, votedFor, leader, commitIndex, appliedIndex, persistedIndex, lastIndex } = status;
  return [
    `${id} ${role} term=${term} vote=${votedFor} leader=${leader} ` +
      `last=${lastIndex} durable=${persistedIndex} commit=${commitIndex} applied=${appliedIndex} ` +
      describeConfiguration(status.configuration),
    ...status.peers.map(
      ({ id: peer, progress, matchIndex, nextIndex, recentlyActive }) =>
        `  ${peer} ${progress} match=${matchIndex} next=${nextIndex}${recentlyActive ? '' : ' silent'}`,
    ),
  ];
}
