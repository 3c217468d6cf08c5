import type { Mutant } from './mutant.js';

export const RAFT_MUTANTS: readonly Mutant[] = [
  {
    name: 'vote-before-the-disk',
    about: 'A vote is answered before it is durable (etcd raft, README rule 2; pitfall of NATS in 2025).',
    edits: [
      {
        file: 'src/raft/votes.ts',
        find: 'state.outbox.sendAfterPersist(response);',
        replace: 'state.outbox.sendNow(response);',
      },
    ],
    withinSeeds: 20,
  },
  {
    name: 'commit-of-an-old-term',
    about: 'Entries of earlier terms are committed by counting (Raft paper, figure 8; logcabin #44).',
    edits: [
      {
        file: 'src/raft/leader.ts',
        find: 'if (index <= state.commitIndex || index < role.firstOwnIndex) return;',
        replace: 'if (index <= state.commitIndex) return;',
      },
    ],
    withinSeeds: 20,
  },
  {
    name: 'vote-for-a-shorter-log',
    about: 'A voter does not compare logs (Raft paper, §5.4.1).',
    edits: [
      {
        file: 'src/raft/votes.ts',
        find: `    mayVoteInThisTerm(state, request.from) &&
    state.log.isUpToDate(request.lastLogIndex, request.lastLogTerm);`,
        replace: '    mayVoteInThisTerm(state, request.from);',
      },
      {
        file: 'src/raft/votes.ts',
        find: 'if (!state.log.isUpToDate(request.lastLogIndex, request.lastLogTerm)) return false;',
        replace: '',
      },
    ],
    withinSeeds: 20,
  },
  {
    name: 'two-votes-a-term',
    about: 'A voter forgets that it has voted in this term (Raft paper, §5.2).',
    edits: [
      {
        file: 'src/raft/votes.ts',
        find: 'return state.votedFor === candidate || (state.votedFor === 0 && state.leader === 0);',
        replace: 'return candidate > 0 && state.leader === 0;',
      },
    ],
    withinSeeds: 20,
  },
  {
    name: 'no-consistency-check',
    about: 'A follower appends after a gap or a mismatch (Raft paper, §5.3).',
    edits: [
      {
        file: 'src/raft/follower.ts',
        find: '} else if (log.termAt(prevLogIndex) !== request.prevLogTerm) {',
        replace: '} else if (log.termAt(prevLogIndex) === undefined) {',
      },
    ],
    withinSeeds: 20,
  },
  {
    name: 'commit-beyond-what-was-verified',
    about:
      'A heartbeat carries the leader’s commit index to a follower whose log it has not compared (Raft paper, §5.3).',
    edits: [
      {
        file: 'src/raft/replication.ts',
        find: 'commitIndex: Math.min(peer.matchIndex, state.commitIndex),',
        replace: 'commitIndex: state.commitIndex,',
      },
    ],
    withinSeeds: 200,
  },
  {
    name: 'leader-counts-its-own-unsynced-write',
    about: 'The leader counts itself before its own disk has the entry (etcd #14370).',
    edits: [
      {
        file: 'src/raft/replication.ts',
        find: 'if (state.isVoter) scratch.push(state.log.persistedIndex);',
        replace: 'if (state.isVoter) scratch.push(state.log.lastIndex);',
      },
    ],
    withinSeeds: 20,
  },
  {
    name: 'read-without-a-round',
    about: 'A leader serves a read without asking whether it still leads (thesis §6.4).',
    edits: [
      {
        file: 'src/raft/replication.ts',
        find: 'role.reads.confirm(quorumIndex(scratch))',
        replace: 'role.reads.confirm(role.reads.sequence)',
      },
    ],
    withinSeeds: 500,
  },
  {
    name: 'read-before-the-first-own-commit',
    about: 'A new leader serves reads before it knows what is committed (thesis §6.4; etcd #7331).',
    edits: [
      {
        file: 'src/raft/replication.ts',
        find: 'if (role.reads.canStart && state.commitIndex >= role.firstOwnIndex) {',
        replace: 'if (role.reads.canStart) {',
      },
      {
        file: 'src/raft/core.ts',
        find: '(role.flushDue || (role.reads.canStart && commitIndex >= role.firstOwnIndex))) ||',
        replace: '(role.flushDue || role.reads.canStart)) ||',
      },
    ],
    withinSeeds: 20,
  },
  {
    name: 'snapshot-forgets-membership',
    about: 'An installed snapshot leaves the configuration as it was (openraft #1808).',
    edits: [
      {
        file: 'src/raft/follower.ts',
        find: 'state.membership.reset(meta.index, meta.configuration);',
        replace: 'state.membership.reset(meta.index, state.membership.current);',
      },
    ],
    withinSeeds: 1_000,
  },
  {
    name: 'membership-before-the-no-op',
    about:
      'A leader changes the membership before an entry of its own term is committed (raft-dev, July 2015).',
    edits: [
      {
        file: 'src/raft/leader-membership.ts',
        find: 'if (state.commitIndex < role.firstOwnIndex) {',
        replace: 'if (state.commitIndex < 0) {',
      },
    ],
    withinSeeds: 1_000,
  },
];
