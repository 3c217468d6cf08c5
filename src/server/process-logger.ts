/** Logs of a node process: JSON lines, or readable ones on a terminal. */
import { pino } from 'pino';
import { PinoPretty } from 'pino-pretty';
import type { Logger } from '../shared/logger.js';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export const LOG_FORMATS = ['auto', 'json', 'pretty'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Fields on every line. */
  readonly fields: object;
}

/** Written to stdout, synchronously: the last lines before an exit are the ones that matter. */
export function createProcessLogger(options: LoggerOptions): Logger {
  const pretty = options.format === 'pretty' || (options.format === 'auto' && process.stdout.isTTY);
  const settings = { level: options.level, base: options.fields, timestamp: pino.stdTimeFunctions.isoTime };
  if (!pretty) return pino(settings, pino.destination({ dest: 1, sync: true }));
  return pino(settings, PinoPretty({ sync: true, colorize: process.stdout.isTTY, ignore: 'pid,hostname' }));
}
