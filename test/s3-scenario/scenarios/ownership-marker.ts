/**
 * P9: a second cluster with another id is refused the bucket, for purges and for audits. On an operator's word it
 * takes the bucket over, and then the first one is refused.
 */
import type { SextonClient } from '../../../src/client/index.js';
import { EXIT_STATUS } from '../../../src/shared/fatal.js';
import type { Scenario, Stage } from '../stage.js';

const OBJECTS = 40;
const FIRST = 'first-owner';
const SECOND = 'second-owner';

async function untilRefused(stage: Stage, client: SextonClient, owner: string): Promise<void> {
  const message = await stage.until(`purging stops over the marker of ${owner}`, async () => {
    const { summary } = await client.listPurgesPage();
    return summary.stopReason === 'FOREIGN_MARKER' && summary.stopMessage;
  });
  stage.must(message.includes(owner), `the refusal names the owner, ${owner}; it says: ${message}`);
}

async function run(stage: Stage): Promise<void> {
  const first = await stage.cluster({ clusterId: FIRST, members: 1 });
  const mine = await first.client.createStream({ name: 'web' });
  await stage.fill(mine.prefix, OBJECTS);
  await first.client.deleteStream({ name: 'web', gracePeriodMs: 0 });
  await stage.untilPurged(first.client, 'web');
  const marker = await stage.bucket.get('.sexton/owner.json');
  stage.must(
    marker?.includes(FIRST) === true,
    `the bucket bears the name of its first cluster; it says: ${marker}`,
  );

  const env: NodeJS.ProcessEnv = { ...process.env };
  const second = await stage.cluster({ clusterId: SECOND, members: 1, env });
  const theirs = await second.client.createStream({ name: 'app' });
  const before = await stage.fill(theirs.prefix, OBJECTS);
  await second.client.deleteStream({ name: 'app', gracePeriodMs: 0 });
  await untilRefused(stage, second.client, FIRST);
  const audit = await stage.program(['audit', `--endpoints=${second.cluster.endpoints.join()}`]);
  stage.must(
    audit.code === EXIT_STATUS.REFUSED && audit.stderr.includes(FIRST),
    `an audit by another cluster is refused; it ended with ${audit.code}: ${audit.stderr}`,
  );
  await stage.throughout(3_000, 'nothing of the refused cluster is purged', async () => {
    const { stream } = await second.client.getStream({ name: 'app' });
    return stream.state === 'DELETED';
  });
  await stage.mustHold(theirs.prefix, before, 'while its cluster is refused');
  stage.say(`${SECOND} was refused: purge and audit`);

  await second.cluster.stop();
  await first.cluster.stop();
  env['SEXTON_TAKE_OVER_BUCKET_FROM'] = FIRST;
  second.cluster.start();
  await stage.untilPurged(second.client, 'app');
  await stage.mustBeEmpty(theirs.prefix, 'after the bucket was taken over');
  first.cluster.start();
  await untilRefused(stage, first.client, SECOND);
  stage.say(`${SECOND} took the bucket over; ${FIRST} is refused`);
}

export const ownershipMarker: Scenario = {
  name: 'ownership-marker',
  about: 'a second cluster is refused the bucket, and takes it on an operator’s word (P9)',
  run,
};
