/** What is worth a line, as the program that runs the helper or the gateway takes it. */
import type { Logger } from '../shared/logger.js';

export type Log = (level: 'info' | 'warn' | 'error', fields: object, message: string) => void;

export function loggerOf(log: Log): Logger {
  const logger: Logger = {
    debug: () => undefined,
    info: (fields, message) => log('info', fields, message),
    warn: (fields, message) => log('warn', fields, message),
    error: (fields, message) => log('error', fields, message),
    child: () => logger,
  };
  return logger;
}
