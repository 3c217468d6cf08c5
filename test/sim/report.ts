/** What a person reads: one failure with everything needed to see it again, or the sum of many runs. */
import type { WorkerAnswer } from './worker.js';

export function failureText(
  { seed, result, violation }: WorkerAnswer,
  { mutant, parseable }: { readonly mutant?: string; readonly parseable?: boolean } = {},
): string {
  const world = parseable === undefined ? '' : parseable ? ' --parseable' : ' --no-parseable';
  const flags = `${world}${mutant === undefined ? '' : ` --mutant ${mutant}`}`;
  return [
    `FAILED  ${violation?.invariant ?? ''}`,
    `seed    ${seed}, after ${(result.virtualMs / 1_000).toFixed(1)} s and ${result.events} events`,
    ...(violation?.facts ?? '').split('\n').map((line) => `        ${line}`),
    ...result.machines.map((line) => `node    ${line}`),
    `again   npm run sim -- --seed ${seed} --trace${flags}`,
  ].join('\n');
}

export class Totals {
  runs = 0;
  events = 0;
  virtualMs = 0;
  committed = 0;
  calls = 0;
  purged = 0;
  undecided = 0;
  readonly faults: Record<string, number> = {};

  add({ result }: WorkerAnswer): void {
    this.runs += 1;
    this.events += result.events;
    this.virtualMs += result.virtualMs;
    this.committed += result.committed;
    this.calls += result.calls;
    this.purged += result.purged;
    this.undecided += result.undecided;
    for (const [name, count] of Object.entries(result.faults)) {
      this.faults[name] = (this.faults[name] ?? 0) + count;
    }
  }

  text(): string {
    const faults = Object.entries(this.faults)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, count]) => `  ${name.padEnd(28)} ${String(count).padStart(10)}`);
    return [
      `${this.runs} runs, ${this.events} events, ${(this.virtualMs / 3_600_000).toFixed(1)} simulated hours, ` +
        `${this.committed} entries committed, ${this.calls} calls checked, ${this.purged} streams purged, ` +
        `${this.undecided} histories undecided; injected:`,
      ...faults,
    ].join('\n');
  }
}
