/**
 * The catalog for audits and adoptions: linearizable reads through this node, whoever leads. An election is waited
 * out, so that an audit of hours does not end with the leader.
 */
import type { AuditCatalog } from '../audit/catalog-port.js';
import type { CallContext, ListStreamsQuery, NodeApi } from '../node/node-api.js';
import { delay, type Clock } from '../shared/clock.js';
import { SextonError } from '../shared/errors.js';

/** Longer than any election; a cluster without a majority for so long is the caller's business. */
const WITHOUT_LEADER_MS_MAX = 30_000;
const AGAIN_MS = 100;
const PAGE_STREAMS = 500;

export function nodeCatalog(node: NodeApi, clock: Clock): AuditCatalog {
  const read = async <T>(signal: AbortSignal, ask: (context: CallContext) => Promise<T>): Promise<T> => {
    const untilMs = clock.monotonicMs() + WITHOUT_LEADER_MS_MAX;
    for (;;) {
      signal.throwIfAborted();
      try {
        return await ask({ signal, deadlineMs: WITHOUT_LEADER_MS_MAX });
      } catch (error) {
        if (!(error instanceof SextonError) || !passes(error) || clock.monotonicMs() >= untilMs) throw error;
      }
      await delay(clock, AGAIN_MS, signal);
    }
  };
  return {
    lookUp: (prefix, signal) => read(signal, (context) => node.lookUpPrefix(prefix, context)),
    current: (tenant, name, signal) =>
      read(signal, async (context) => {
        try {
          return await node.getStream({ tenant, name, incarnation: 0 }, 'linearizable', context);
        } catch (error) {
          if (error instanceof SextonError && error.reason === 'STREAM_NOT_FOUND') return undefined;
          throw error;
        }
      }),
    async *activeStreams(signal) {
      const query = {
        tenant: undefined,
        namePrefix: '',
        states: ['ACTIVE'],
        pageSize: PAGE_STREAMS,
      } as const;
      let after: ListStreamsQuery['after'];
      do {
        const from = after;
        const page = await read(signal, (context) =>
          node.listStreams({ ...query, after: from }, 'linearizable', context),
        );
        yield page.streams;
        after = page.next;
      } while (after !== undefined);
    },
  };
}

/** An election passes, and so does a crowd of reads; this node's own stop does not. */
function passes(error: SextonError): boolean {
  return (
    error.reason === 'NO_LEADER' || error.reason === 'NOT_LEADER' || error.reason === 'TOO_MANY_REQUESTS'
  );
}
