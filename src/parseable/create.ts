/** The helper as the program runs it: this machine's clock, the public client, and real connections. */
import type { SextonClient } from '../client/index.js';
import { systemClock } from '../shared/clock.js';
import { systemRandom } from '../shared/random.js';
import { ClientSessions } from './client-sessions.js';
import { HttpCaller } from './http-call.js';
import { loggerOf, type Log } from './log.js';
import type { ParseableSyncSettings } from './options.js';
import { ParseableSync } from './parseable-sync.js';

export interface ProgramSettings extends ParseableSyncSettings {
  /** PEM certificates to trust for https. */
  readonly ca?: string;
}

/** Throws INVALID_ARGUMENT that names the flag. The client stays the caller's to close. */
export function createParseableSync(
  client: SextonClient,
  settings: ProgramSettings,
  log: Log,
): ParseableSync {
  const { sessionTtlMs: ttlMs, uploadDeadlineMs, ca } = settings;
  const http = { clock: systemClock, ...(ca === undefined ? {} : { ca }) };
  return new ParseableSync(settings, {
    client,
    sessions: new ClientSessions(client, { ttlMs, uploadDeadlineMs }),
    openHttp: () => new HttpCaller(http),
    clock: systemClock,
    random: systemRandom,
    logger: loggerOf(log),
  });
}
