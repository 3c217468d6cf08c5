/**
 * AdoptStream: asks the catalog whether it would take the prefix, lists it anew, and only then proposes. The
 * catalog decides once more when the entry is applied, so that nothing can have moved in between.
 */
import type { AdoptStreamRequest__Output } from '../generated/sexton/v1/AdoptStreamRequest.js';
import type { AdoptStreamResponse } from '../generated/sexton/v1/AdoptStreamResponse.js';
import { inspectForAdoption } from '../audit/adoption.js';
import type { Totals } from '../audit/findings.js';
import type { NodeApi } from '../node/node-api.js';
import { fromAdoptStream, toAdoptAnswer } from '../rpc/convert/audit.js';
import type { AuditRunner } from './audit-storage.js';
import type { CallScope } from './call-scope.js';
import { write } from './stream-service.js';

const NOTHING: Totals = {
  objects: 0,
  bytes: 0,
  oldestWriteMs: 0,
  newestWriteMs: 0,
  newestMadeMs: 0,
  sampleKeys: [],
  writerNodeIds: [],
};

export async function adoptStream(
  node: NodeApi,
  audits: AuditRunner,
  request: AdoptStreamRequest__Output,
  call: CallScope,
): Promise<AdoptStreamResponse> {
  const adopt = fromAdoptStream(request, audits.defaultGracePeriodMs);
  const { command, minimumAgeMs, force } = adopt;
  const { prefix, state } = command;
  return audits.limited('adoptions', async () => {
    const { owner } = await node.lookUpPrefix(prefix, call);
    const isRepetition = owner?.tenant === command.tenant && owner.name === command.name;
    if (!adopt.validateOnly && isRepetition && owner.state !== 'PURGED') {
      // Adopted already, perhaps by this very request: its id tells, and there is nothing to look at any more.
      return toAdoptAnswer(await write(node, adopt, call), true, NOTHING);
    }
    await node.validate(command, call);
    const inspection = { prefix, as: state, minimumAgeMs, force };
    const totals = await inspectForAdoption(audits.deps, inspection, call.signal);
    const stream = await write(node, adopt, call);
    return toAdoptAnswer(stream, !adopt.validateOnly, totals);
  });
}
