/**
 * Every step of the real catalog, purger and client is a step that the model of the protocol allows: the run is
 * replayed in it as it happens. See ../../model/README.md.
 */
import { lifeStateOf, type LifeState } from '../../../src/catalog/lifecycle.js';
import type { Incarnation } from '../../../src/catalog/types.js';
import type { Proof } from '../../model/guards.js';
import { Replay } from '../../model/replay.js';
import type { SeenReports } from '../../model/replayed-sessions.js';
import { Machine } from '../machine.js';
import type { Invariant, ObservedMachine, ProposedByPurger } from '../observer.js';
import type { SimulatedBucket } from '../object-store.js';

export const modelConformance: Invariant = {
  name: 'a step of the model',
  source: 'the model of the purge protocol',
  watch: ({ bucket }, fail) => {
    const replay = new Replay();
    const check = (what: () => string, verdict: string | undefined): void => {
      if (verdict !== undefined) fail(`${what()}, which the model does not allow: ${verdict}`);
    };
    return {
      committed: (_machine, { entry, command }) => {
        if (command === undefined) return;
        const { envelope, result } = command;
        const verdict = replay.committed({
          index: entry.index,
          stampMs: envelope.stampMs,
          command: envelope.command,
          result,
        });
        check(() => `entry ${entry.index} is ${envelope.command.kind}`, verdict);
      },
      proposedByPurger: (proposal) => {
        const { machine, command } = proposal;
        const incarnation = 'incarnation' in command ? command.incarnation : 0;
        const verdict = replay.proposed({
          command,
          seen: seenBy(machine, incarnation),
          proof: proofOf(proposal, bucket),
          reports: reportsAt(machine, incarnation),
        });
        check(() => `member ${machine.member} proposes ${JSON.stringify(command)}`, verdict);
      },
      deleteSent: ({ machine, targets, confirmedSincePrepared, lookedSinceConfirmed, expiresAtMs }) => {
        const verdict = replay.deleteSent({
          keys: targets.map(({ key }) => key),
          isConfirmed: confirmedSincePrepared,
          seen: (incarnation) => seenBy(machine, incarnation),
          isLookedAt: (incarnation) => {
            const stream = machine.appliedStream(incarnation);
            if (stream === undefined) return false;
            const isToldNotTo = stream.state === 'PURGING' && stream.purge.discardNewWrites;
            return isToldNotTo || lookedSinceConfirmed(stream.prefix);
          },
          expiresAtMs,
        });
        check(() => `member ${machine.member} sends a delete`, verdict);
      },
      deleteApplied: (keys) => {
        check(() => 'the bucket carries out a delete', replay.deleteApplied(keys, bucket.wallMs()));
      },
      guardAdmits: (upload) => {
        check(() => `guard admits an upload of ${upload.incarnation}`, replay.guardAdmits(upload));
      },
    };
  },
};

/** 0: of no stream. */
function seenBy(machine: ObservedMachine, incarnation: Incarnation): LifeState {
  return incarnation === 0 ? 'ABSENT' : lifeStateOf(machine.appliedStream(incarnation));
}

/** Versions are listed instead of objects where the bucket keeps them. */
function proofOf({ provenEmpty }: ProposedByPurger, { versioning }: SimulatedBucket): Proof {
  const { objects, versions, uploads, butNewLife } = provenEmpty;
  if (uploads && (versions || (versioning === 'never' && objects))) return 'empty';
  return butNewLife ? 'younger' : 'none';
}

/** What sessions have reported to this leader, and it to nobody else: not to be seen but in its process. */
function reportsAt(machine: ObservedMachine, incarnation: Incarnation): SeenReports | undefined {
  const sessions = machine instanceof Machine ? machine.node?.sessions() : undefined;
  if (sessions === undefined) return undefined;
  const stream = incarnation === 0 ? undefined : machine.appliedStream(incarnation);
  return {
    drained: new Map(sessions.list().map(({ record, drainedRevision = 0 }) => [record.id, drainedRevision])),
    isTakenUp: stream !== undefined && sessions.waitingFor(stream).takenUp.length > 0,
  };
}
