/** What the comparison takes from the audit is what the audit says: of one prefix, under that very prefix, with these words. */
import { describe, expect, it } from 'vitest';
import { clock, DAY_MS, NOW_MS, World } from '../audit/world.js';

const HOUR_MS = 3_600_000;

async function said(world: World, prefix: string) {
  const later = { clock: { ...clock, wallMs: () => NOW_MS + 2 * DAY_MS } };
  const { findings, summary } = await world.audit({ prefix, minimumAgeMs: HOUR_MS }, {}, later);
  expect(summary?.complete).toBe(true);
  return findings.filter((finding) => finding.prefix === prefix);
}

describe.each([
  ['', 'app', 'app/'],
  ['acme', 'app', 'acme/app/'],
])("an audit of one stream's prefix (tenant '%s')", (tenant, name, prefix) => {
  it('names it when its metadata is missing, whatever else is left', async () => {
    const world = new World();
    const { incarnation } = world.create(name, prefix, tenant);
    world.data(prefix.slice(0, -1));
    expect(await said(world, prefix)).toContainEqual(
      expect.objectContaining({
        kind: 'MISSING_METADATA',
        stream: expect.objectContaining({ incarnation }) as unknown,
      }),
    );
  });

  it('does not name it when its metadata is there', async () => {
    const world = new World();
    world.create(name, prefix, tenant);
    world.live(prefix.slice(0, -1));
    expect((await said(world, prefix)).map(({ kind }) => kind)).not.toContain('MISSING_METADATA');
  });
});
