/** Waits with an end, and words with the time since the start. */
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 1_000;

/** What is wrong, as opposed to what could not be found out. */
export class Wrong extends Error {
  override readonly name = 'Wrong';
}

/** Polls once a second; the first answer but undefined is the result. `state` adds to the message what was seen last. */
export async function until<T>(
  what: string,
  withinMs: number,
  ask: () => Promise<T | undefined>,
  state: () => string = () => '',
): Promise<T> {
  const untilMs = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() >= untilMs) {
      const seen = state();
      throw new Wrong(
        `not within ${Math.round(withinMs / 1_000)} s: ${what}${seen === '' ? '' : `; last seen: ${seen}`}`,
      );
    }
    await sleep(POLL_MS);
  }
}

export async function untilTrue(
  what: string,
  withinMs: number,
  ask: () => Promise<boolean>,
  state?: () => string,
): Promise<void> {
  await until(what, withinMs, async () => ((await ask()) ? true : undefined), state);
}

/** Asks again and again until that wall time; `ask` throws as soon as something is wrong. */
export async function throughout(untilMs: number, everyMs: number, ask: () => Promise<void>): Promise<void> {
  do {
    await ask();
    await sleep(everyMs);
  } while (Date.now() < untilMs);
  await ask();
}

export function say(text: string): void {
  process.stdout.write(`[${(performance.now() / 1_000).toFixed(1).padStart(7)} s] ${text}\n`);
}
