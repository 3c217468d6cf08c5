/**
 * What happened, one line an event, with the virtual time. Off, it costs a comparison; on, two runs of one
 * seed write the same bytes, which is how the simulator proves that nothing but the seed decides.
 */
import type { Logger } from '../../src/shared/logger.js';
import type { Scheduler } from './scheduler.js';

export class Trace {
  readonly lines: string[] = [];
  readonly #scheduler: Scheduler;
  readonly enabled: boolean;

  constructor(scheduler: Scheduler, enabled: boolean) {
    this.#scheduler = scheduler;
    this.enabled = enabled;
  }

  /** `text` is a function where building it costs something. */
  write(who: string, text: string | (() => string)): void {
    if (!this.enabled) return;
    const atMs = this.#scheduler.nowMs.toFixed(3).padStart(11);
    this.lines.push(`${atMs} ${who.padEnd(9)} ${typeof text === 'string' ? text : text()}`);
  }

  /** The log of a simulated process becomes part of the trace. */
  logger(who: string): Logger {
    const line =
      (level: string) =>
      (fields: object, message: string): void => {
        this.write(who, () => `${level} ${message} ${describe(fields)}`);
      };
    const logger: Logger = {
      debug: () => undefined,
      info: line('info'),
      warn: line('warn'),
      error: line('error'),
      child: () => logger,
    };
    return logger;
  }
}

function describe(fields: object): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${value instanceof Error ? value.message : JSON.stringify(value)}`)
    .join(' ');
}
