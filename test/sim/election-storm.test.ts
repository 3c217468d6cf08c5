/**
 * Ten minutes with five nodes, one link that flaps and one disk that is slow: terms grow by no more than what
 * justifies it, a leader whose own disk has stalled for longer than an election timeout (Cloudflare's six hours
 * without a stable leader, November 2020, began with one switch that failed halfway).
 */
import { describe, expect, it } from 'vitest';
import { planOf, type Plan } from './plan.js';
import { Prng } from './prng.js';
import { World } from './world.js';

const TEN_MINUTES_MS = 10 * 60_000;

function stormPlan(seed: number): Plan {
  return {
    ...planOf(seed),
    voters: 5,
    tickMs: 100,
    electionTicks: 10,
    heartbeatTicks: 2,
    safetyMs: TEN_MINUTES_MS,
    faults: [],
    clients: 1,
    thinkMs: 4_000,
    callsPerClient: 100,
    uploaders: 1,
    networkLatencyMs: 2,
  };
}

describe('an election storm', () => {
  it.each([1, 2])('does not come of a flapping link and a slow disk (seed %i)', async (seed) => {
    const world = new World(stormPlan(seed), { trace: false });
    const random = new Prng(seed).fork('storm');
    let stalledLeaders = 0;
    const result = await world.run(() => {
      const flap = (): void => {
        // Both ways or one: what a bad cable does, and what a bad firewall does.
        const [a, b] = random.shuffle(['node-1', 'node-2']) as [string, string];
        world.network.cut(a, b);
        if (random.chance(0.5)) world.network.cut(b, a);
        world.scheduler.after(random.between(100, 5_000), () => {
          world.network.mend(a, b);
          world.network.mend(b, a);
          world.scheduler.after(random.between(100, 2_000), flap);
        });
      };
      const [, , slow] = world.machines;
      if (slow === undefined) throw new Error('there are five machines');
      slow.disk.faults.syncMs = 60;
      const stall = (): void => {
        const forMs = random.between(200, 3_000);
        if (slow.status?.role === 'leader' && forMs > 900) stalledLeaders += 1;
        slow.disk.stall(forMs);
        world.scheduler.after(forMs + random.between(2_000, 10_000), stall);
      };
      flap();
      stall();
    });
    expect(result.violation).toBeUndefined();
    const terms = Math.max(...world.machines.map(({ status }) => status?.term ?? 0));
    // The first election may take two terms, where two candidates split the votes.
    expect(terms).toBeLessThanOrEqual(2 + stalledLeaders);
  });
});
