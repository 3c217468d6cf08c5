/** Messages to one node under test, from wherever the test says; everything not named is harmless. */
import type {
  AppendRequest,
  AppendResponse,
  HeartbeatRequest,
  HeartbeatResponse,
  Message,
  PreVoteRequest,
  PreVoteResponse,
  TimeoutNow,
  VoteRequest,
  VoteResponse,
} from '../../src/raft/types.js';
import { configurationOf, entriesOfTerms, TestNode, type NodeOptions } from './harness.js';

type Fields<T extends Message> = Partial<Omit<T, 'kind'>>;

/** From node 2 to node 1, unless the fields say otherwise. */
const ENVELOPE = { from: 2, to: 1, term: 1 } as const;

export function preVoteRequest(fields: Fields<PreVoteRequest>): PreVoteRequest {
  return { ...ENVELOPE, lastLogIndex: 0, lastLogTerm: 0, ...fields, kind: 'preVoteRequest' };
}
export function preVoteResponse(fields: Fields<PreVoteResponse>): PreVoteResponse {
  return { ...ENVELOPE, granted: true, ...fields, kind: 'preVoteResponse' };
}
export function voteRequest(fields: Fields<VoteRequest>): VoteRequest {
  return {
    ...ENVELOPE,
    lastLogIndex: 0,
    lastLogTerm: 0,
    leadershipTransfer: false,
    ...fields,
    kind: 'voteRequest',
  };
}
export function voteResponse(fields: Fields<VoteResponse>): VoteResponse {
  return { ...ENVELOPE, granted: true, ...fields, kind: 'voteResponse' };
}
export function appendRequest(fields: Fields<AppendRequest>): AppendRequest {
  return {
    ...ENVELOPE,
    prevLogIndex: 0,
    prevLogTerm: 0,
    entries: [],
    commitIndex: 0,
    ...fields,
    kind: 'appendRequest',
  };
}
export function accepted(matchIndex: number, fields: Fields<AppendResponse> = {}): AppendResponse {
  return {
    ...ENVELOPE,
    rejected: false,
    conflictIndex: 0,
    hintIndex: 0,
    hintTerm: 0,
    ...fields,
    matchIndex,
    kind: 'appendResponse',
  };
}
export function heartbeatRequest(fields: Fields<HeartbeatRequest>): HeartbeatRequest {
  return { ...ENVELOPE, commitIndex: 0, readSequence: 0, ...fields, kind: 'heartbeatRequest' };
}
export function heartbeatResponse(fields: Fields<HeartbeatResponse>): HeartbeatResponse {
  return { ...ENVELOPE, readSequence: 0, ...fields, kind: 'heartbeatResponse' };
}
export function timeoutNow(fields: Fields<TimeoutNow>): TimeoutNow {
  return { ...ENVELOPE, ...fields, kind: 'timeoutNow' };
}

export function ofKind<K extends Message['kind']>(
  messages: readonly Message[],
  kind: K,
): Extract<Message, { kind: K }>[] {
  return messages.filter((message): message is Extract<Message, { kind: K }> => message.kind === kind);
}

/** Node 1 of three, or as told, with entries of these terms. */
export function nodeWith(
  options: Partial<NodeOptions> & { readonly terms?: readonly number[] } = {},
): TestNode {
  const { terms = [], ...rest } = options;
  return new TestNode({
    id: 1,
    configuration: configurationOf([1, 2, 3]),
    entries: entriesOfTerms(...terms),
    ...rest,
  });
}

/** Node 1 as a pre-candidate, its requests sent. */
export function preCandidate(options: Parameters<typeof nodeWith>[0] = {}): TestNode {
  const node = nodeWith(options);
  while (node.core.role === 'follower') node.tick();
  node.settle();
  return node;
}

/** Node 1 as a candidate, with its own vote durable. */
export function candidate(options: Parameters<typeof nodeWith>[0] = {}): TestNode {
  const node = preCandidate(options);
  for (const { id } of node.core.configuration.voters) {
    if (id !== 1 && node.core.role === 'preCandidate')
      node.receive(preVoteResponse({ from: id, term: node.core.term + 1 }));
  }
  node.settle();
  return node;
}

/** Node 1 as a leader, its no-op durable at home and sent, nothing acknowledged. */
export function leader(options: Parameters<typeof nodeWith>[0] = {}): TestNode {
  const node = candidate(options);
  for (const { id } of node.core.configuration.voters) {
    if (id !== 1 && node.core.role === 'candidate')
      node.receive(voteResponse({ from: id, term: node.core.term }));
  }
  node.settle();
  return node;
}

/** Node 1 as a leader whose no-op is committed. */
export function settledLeader(options: Parameters<typeof nodeWith>[0] = {}): TestNode {
  const node = leader(options);
  for (const { id } of node.core.configuration.voters) {
    if (id !== 1) node.receive(accepted(node.core.lastIndex, { from: id, term: node.core.term }));
  }
  node.settle();
  return node;
}
