/** Which nemesis strikes when: two lanes at the same time, each with its own randomness from the seed. */
import { pause } from './cluster.js';
import type { Arena, Nemesis } from './nemeses/arena.js';

/** How long the cluster may be without any acknowledged call after everything was mended. */
const PROGRESS_WITHIN_MS = 30_000;

export interface Struck {
  readonly counts: ReadonlyMap<string, number>;
}

/** Strikes until the time is over; every strike that began comes to its end. */
export async function runNemeses(
  arena: Arena,
  nemeses: readonly Nemesis[],
  seconds: number,
): Promise<Struck> {
  const counts = new Map(nemeses.map(({ name }) => [name, 0]));
  const endMs = performance.now() + seconds * 1_000;
  const lanes = ['processes', 'links'] as const;
  await Promise.all(
    lanes.map(async (lane) => {
      const own = nemeses.filter((nemesis) => nemesis.lane === lane);
      const urn = own.flatMap((nemesis) => Array.from({ length: nemesis.weight ?? 1 }, () => nemesis));
      if (urn.length === 0) return;
      const mine: Arena = { ...arena, prng: arena.prng.fork(lane) };
      // Each once in a random order, so that a short run has seen them all; then as they are drawn.
      const first = mine.prng.shuffle(own);
      await pause(mine.prng.between(200, 1_500));
      while (performance.now() < endMs) {
        const nemesis = first.pop() ?? mine.prng.pick(urn);
        counts.set(nemesis.name, (counts.get(nemesis.name) ?? 0) + 1);
        try {
          await nemesis.strike({ ...mine, say: (text) => arena.say(`[${nemesis.name}] ${text}`) });
        } catch (error) {
          arena.fail(`${nemesis.name} could not be carried out: ${describe(error)}`);
        }
        await pause(mine.prng.between(500, 4_000));
      }
    }),
  );
  await arena.network.heal();
  if (!(await arena.workload.waitForProgress(PROGRESS_WITHIN_MS))) {
    arena.fail(`no call was answered within ${PROGRESS_WITHIN_MS} ms after everything had been mended`);
  }
  return { counts };
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
