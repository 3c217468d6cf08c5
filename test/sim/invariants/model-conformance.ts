/**
 * Every step of the real catalog, purger and client is a step that the model of the protocol allows: the run is
 * replayed in it as it happens. See ../../model/README.md.
 */
import type { LifeState } from '../../../src/catalog/lifecycle.js';
import type { Revision, SessionId } from '../../../src/catalog/types.js';
import { Replay } from '../../model/replay.js';
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
        const verdict = replay.proposed({
          command,
          seen: 'incarnation' in command ? seenBy(machine, command.incarnation) : 'ABSENT',
          isProvenEmpty: isProvenEmpty(proposal, bucket),
          drained: drainedAt(machine),
        });
        check(() => `member ${machine.member} proposes ${JSON.stringify(command)}`, verdict);
      },
      deleteSent: ({ machine, targets, confirmedSincePrepared, expiresAtMs }) => {
        const verdict = replay.deleteSent({
          keys: targets.map(({ key }) => key),
          isConfirmed: confirmedSincePrepared,
          seen: (incarnation) => seenBy(machine, incarnation),
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

function seenBy(machine: ObservedMachine, incarnation: number): LifeState {
  return machine.appliedStream(incarnation)?.state ?? 'ABSENT';
}

/** Versions are listed instead of objects where the bucket keeps them. */
function isProvenEmpty({ provenEmpty }: ProposedByPurger, { versioning }: SimulatedBucket): boolean {
  const { objects, versions, uploads } = provenEmpty;
  return uploads && (versions || (versioning === 'never' && objects));
}

/** What sessions have reported to this leader, and it to nobody else: not to be seen but in its process. */
function drainedAt(machine: ObservedMachine): ReadonlyMap<SessionId, Revision> | undefined {
  const sessions = machine instanceof Machine ? machine.node?.sessions() : undefined;
  if (sessions === undefined) return undefined;
  return new Map(sessions.list().map(({ record, drainedRevision = 0 }) => [record.id, drainedRevision]));
}
