/**
 * P11: a name and its prefix live twice, as in Parseable's layout. Deletes of the first life are prepared and then sleep,
 * as in a leader that was paused before the send; they are sent into the second life. None of its objects
 * dies, by those or by the sweeps of the first. Says which fence the probe found on this server.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SextonClient } from '../../../src/client/index.js';
import { parseObjectStoreUrl, resolveObjectStoreConfig } from '../../../src/objectstore/object-store-url.js';
import type { Capabilities, DeleteTarget, PreparedDelete } from '../../../src/objectstore/object-store.js';
import { openObjectStore } from '../../../src/objectstore/open-object-store.js';
import { systemClock } from '../../../src/shared/clock.js';
import { silentLogger } from '../../../src/shared/logger.js';
import { countText } from '../bucket.js';
import type { Scenario, Stage } from '../stage.js';

const OBJECTS = 120;
const PREFIX = 'app/';
/** The second one falls into the second life: a prefix is free again 75 s and the clocks' offset after its purge. */
const SWEEPS_MS = [5_000, 90_000] as const;
const REUSABLE_WITHIN_MS = 150_000;

/** Deletes as a leader prepares them, in the hands of a process whose time stands still until they are sent. */
interface Sleeper {
  readonly capabilities: Capabilities;
  readonly late: PreparedDelete;
}

/** What a process takes for now. */
type SleepTime = { readonly wallMs: number; readonly monotonicMs: number };

async function fallAsleep(stage: Stage): Promise<Sleeper> {
  const { endpoint, region } = stage.settings;
  const url = `s3://${stage.bucket.name}?endpoint=${encodeURIComponent(endpoint)}&region=${region}&path-style=true`;
  const call = { signal: new AbortController().signal };
  let asleep: SleepTime | undefined = undefined as SleepTime | undefined;
  const clock = {
    ...systemClock,
    wallMs: () => asleep?.wallMs ?? systemClock.wallMs(),
    monotonicMs: () => asleep?.monotonicMs ?? systemClock.monotonicMs(),
  };
  const config = resolveObjectStoreConfig(parseObjectStoreUrl(url), process.env);
  const store = await openObjectStore(config, { clock, logger: silentLogger });
  stage.defer(() => store.close());
  const capabilities = await store.probe(call);
  const targets: DeleteTarget[] = [];
  if (stage.isVersioned && !capabilities.requestExpiry && !capabilities.conditionalDelete) {
    const { items } = await store.listVersions({ prefix: PREFIX, maxKeys: 1_000 }, call);
    targets.push(...items.map(({ key, versionId }) => ({ key, versionId })));
  } else {
    const { items } = await store.listObjects({ prefix: PREFIX, maxKeys: 1_000 }, call);
    // By key alone where the expiry is the fence: nothing else may be what saves the second life.
    const sendsCondition = !capabilities.requestExpiry && capabilities.conditionalDelete;
    targets.push(...items.map(({ key, etag }) => (sendsCondition ? { key, ifMatch: etag } : { key })));
  }
  const late = await store.prepareDelete(targets, call);
  asleep = { wallMs: systemClock.wallMs(), monotonicMs: systemClock.monotonicMs() };
  return { capabilities, late };
}

function fenceText({
  requestExpiry,
  conditionalDelete,
  conditionalBatches,
  versioning,
}: Capabilities): string {
  return [
    requestExpiry ? 'expired requests are refused' : 'expired requests are TAKEN',
    conditionalDelete
      ? `If-Match is honoured${conditionalBatches ? '' : ' on single deletes only'}`
      : 'If-Match is ignored',
    versioning === 'enabled' ? 'deletes by version id' : 'no versions',
  ].join(', ');
}

async function refusedUntilReusable(stage: Stage, client: SextonClient, reusableMs: number): Promise<void> {
  await stage.until(
    'the prefix may be owned again',
    async () => {
      try {
        const { createTimeMs = 0 } = await client.createStream({ name: 'app', prefix: PREFIX });
        stage.must(createTimeMs >= reusableMs, `re-created ${reusableMs - createTimeMs} ms before it may be`);
        return true;
      } catch (error) {
        if ((error as { reason?: string }).reason !== 'PURGE_PENDING') throw error;
        return false;
      }
    },
    REUSABLE_WITHIN_MS,
  );
}

async function run(stage: Stage): Promise<void> {
  const { client } = await stage.cluster({
    serveArguments: [`--sweep-after=${SWEEPS_MS.map((ms) => `${ms / 1_000}s`).join()}`],
  });
  await client.createStream({ name: 'app', prefix: PREFIX });
  await stage.fill(PREFIX, OBJECTS);
  const { capabilities, late } = await fallAsleep(stage);
  stage.say(`fences of this server: ${fenceText(capabilities)}`);
  await client.deleteStream({ name: 'app', gracePeriodMs: 0 });
  const first = await stage.untilPurged(client, 'app');
  await stage.mustBeEmpty(PREFIX, 'after PURGED');

  const { requestExpiry, conditionalDelete, versioning } = capabilities;
  if (!requestExpiry && !conditionalDelete && versioning !== 'enabled') {
    const refused = await stage.refusal(
      'a second life',
      client.createStream({ name: 'app', prefix: PREFIX }),
    );
    stage.must(refused.reason === 'PREFIX_OVERLAP', `no fence, no second life: ${refused.message}`);
    stage.say('no fence at all: the prefix is never used again, and the refusal says so');
    return;
  }
  const early = await stage.refusal(
    'an early second life',
    client.createStream({ name: 'app', prefix: PREFIX }),
  );
  stage.must(early.reason === 'PURGE_PENDING', `too early is PURGE_PENDING; it was ${early.message}`);
  await refusedUntilReusable(stage, client, first.reusableAfterMs ?? Infinity);
  // The same keys, other bytes.
  const second = await stage.fill(PREFIX, OBJECTS);
  // As its writer says: long before it is deleted again.
  const metadata = { 'created-at': new Date(Date.now() - 60_000).toISOString(), second: 'life' };
  await stage.bucket.put(`${PREFIX}.stream/.stream.json`, JSON.stringify(metadata));
  const before = await stage.bucket.count(PREFIX);
  stage.say(
    `second life ${((Date.now() - (first.purgeTimeMs ?? 0)) / 1_000).toFixed(1)} s after PURGED: ${countText(second)}`,
  );

  const outcome = await late.send({ signal: AbortSignal.timeout(30_000) }).then(
    (outcomes) => `${outcomes.filter(({ kind }) => kind === 'deleted').length} said to be deleted`,
    (error: unknown) => (error as Error).message,
  );
  stage.say(`the sleeper's delete of the first life: ${outcome}`);
  await stage.mustHold(PREFIX, before, 'after the late delete of the first life');
  const sweptMs = (first.purgeTimeMs ?? 0) + SWEEPS_MS[1] + 5_000;
  await sleep(Math.max(0, sweptMs - Date.now()));
  await stage.mustHold(PREFIX, before, 'after the last sweep of the first life was due');

  await client.deleteStream({ name: 'app', gracePeriodMs: 0 });
  await stage.untilPurged(client, 'app');
  await stage.mustBeEmpty(PREFIX, 'after the second life was purged');
}

export const prefixReuse: Scenario = {
  name: 'prefix-reuse',
  about: 'a prefix lives twice, and no delete of the first life hits the second (P11)',
  run,
};
