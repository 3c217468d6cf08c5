/** What the last audit of the whole bucket found, on the node that ran it. */
import { Counter, Gauge, type Registry } from 'prom-client';
import { FINDING_KINDS } from '../audit/findings.js';
import type { AuditMetrics } from './audit-storage.js';

export function auditCounters(registry: Registry): AuditMetrics {
  const registers = [registry];
  const labelled = (name: string, help: string): Gauge<'kind'> =>
    new Gauge({ name: `sexton_audit_${name}`, help, labelNames: ['kind'], registers });
  const plain = (name: string, help: string): Gauge =>
    new Gauge({ name: `sexton_audit_${name}`, help, registers });
  const objects = labelled(
    'found_objects',
    'Objects that the last complete audit found, by kind of finding.',
  );
  const bytes = labelled('found_bytes', 'Their bytes.');
  const finished = plain('last_complete_timestamp_seconds', 'When the last complete audit ended.');
  const duration = plain('last_complete_duration_seconds', 'What it took.');
  const audits = new Counter({
    name: 'sexton_audits_total',
    help: 'Audits of the whole bucket that this node ran to their end, by whether every listing succeeded.',
    labelNames: ['complete'],
    registers,
  });
  return {
    auditFinished: ({ complete, elapsedMs, endMs, byKind }) => {
      audits.inc({ complete: String(complete) });
      // What an incomplete one did not find may still be there.
      if (!complete) return;
      for (const kind of FINDING_KINDS) {
        const label = { kind: kind.toLowerCase() };
        objects.set(label, byKind.get(kind)?.objects ?? 0);
        bytes.set(label, byKind.get(kind)?.bytes ?? 0);
      }
      finished.set(endMs / 1000);
      duration.set(elapsedMs / 1000);
    },
  };
}
