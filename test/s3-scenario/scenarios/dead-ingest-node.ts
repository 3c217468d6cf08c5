/**
 * P3, when the ingest node is killed in the middle of an upload: its session ends with its lease, counts as drained one
 * upload deadline later, and only then the purge begins.
 */
import { IngestProcess } from '../ingest-process.js';
import type { Scenario, Stage } from '../stage.js';

const OBJECTS = 50;
const NODE_ID = 'ingest-dead';
const TTL_MS = 6_000;
const UPLOAD_DEADLINE_MS = 5_000;

async function run(stage: Stage): Promise<void> {
  const nodes = await stage.cluster();
  const { client } = nodes;
  const { prefix } = await client.createStream({ name: 'web' });
  const node = await IngestProcess.start(stage, nodes, {
    nodeId: NODE_ID,
    ttlMs: TTL_MS,
    uploadDeadlineMs: UPLOAD_DEADLINE_MS,
  });
  const keys = Array.from(
    { length: OBJECTS },
    (_, nth) => `date=2026-01-01/hour=00/minute=00/${nth}.parquet`,
  );
  const { uploaded } = await node.ask({ kind: 'upload', stream: 'web', keys });
  stage.must(uploaded === OBJECTS, `guard lets all uploads through; it let ${uploaded}`);
  await node.ask({ kind: 'hold', stream: 'web', key: 'date=2026-01-01/hour=00/minute=00/held.parquet' });

  const askedMs = Date.now();
  const { leaseRemainingMs } = await node.ask({ kind: 'status' });
  await node.kill();
  await client.deleteStream({ name: 'web', gracePeriodMs: 0 });
  // The node may have been sure of its lease for so long, and the store may have applied its upload for so long more.
  const notBeforeMs = askedMs + leaseRemainingMs + UPLOAD_DEADLINE_MS;
  await stage.until('the session is EXPIRED', async () => {
    const { sessions } = await client.sessions.listPage({ nodeId: NODE_ID });
    return sessions[0]?.state === 'EXPIRED';
  });
  stage.must(
    (await stage.bucket.count(prefix)).versions === OBJECTS,
    'an expired session holds the purge up until its last upload is past its deadline',
  );
  const { purge } = await stage.untilPurged(client, 'web');
  const beginMs = purge?.beginTimeMs ?? 0;
  stage.must(
    beginMs >= notBeforeMs,
    `the purge began ${notBeforeMs - beginMs} ms too early: lease and upload deadline were not over`,
  );
  await stage.mustBeEmpty(prefix, 'after PURGED');
  const { sessions } = await client.sessions.listPage({ nodeId: NODE_ID });
  stage.must(sessions.length === 0, 'the session is gone once it has settled');
  stage.say(
    `the purge began ${((beginMs - askedMs) / 1_000).toFixed(1)} s after SIGKILL, ` +
      `${((beginMs - notBeforeMs) / 1_000).toFixed(1)} s after the earliest time that is safe`,
  );
}

export const deadIngestNode: Scenario = {
  name: 'dead-ingest-node',
  about: 'a killed ingest node holds purges up until its lease and its last upload are over (P3)',
  run,
};
