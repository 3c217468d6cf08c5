/**
 * From a command to its outcome. Reads only; `apply.ts` turns outcomes into writes, `validate-against.ts`
 * only tells them.
 */
import { assertNever } from '../shared/assert.js';
import type { ExecutionContext, Outcome } from './outcome.js';
import {
  beginDrain,
  beginPurge,
  beginPurgeUndrained,
  markPurged,
  pauseCluster,
  pauseStream,
  recordPurgeProgress,
  retryPurge,
} from './purge-commands.js';
import { closeSession, expireSession, openSession } from './session-commands.js';
import { adoptStream, createStream, markDeleted, undelete } from './stream-commands.js';
import { beginSweep, forgetStream, recordSweep } from './sweep-commands.js';
import type { Command } from './types.js';

/** `command` has passed `validateCommand`. */
export function execute(context: ExecutionContext, command: Command): Outcome {
  switch (command.kind) {
    case 'createStream':
      return createStream(context, command);
    case 'markDeleted':
      return markDeleted(context, command);
    case 'undelete':
      return undelete(context, command);
    case 'beginDrain':
      return beginDrain(context, command);
    case 'beginPurge':
      return beginPurge(context, command);
    case 'beginPurgeUndrained':
      return beginPurgeUndrained(context, command);
    case 'recordPurgeProgress':
      return recordPurgeProgress(context, command);
    case 'markPurged':
      return markPurged(context, command);
    case 'forgetStream':
      return forgetStream(context, command);
    case 'retryPurge':
      return retryPurge(context, command);
    case 'setPurgePaused':
      return command.name === '' ? pauseCluster(context, command.paused) : pauseStream(context, command);
    case 'beginSweep':
      return beginSweep(context, command);
    case 'recordSweep':
      return recordSweep(context, command);
    case 'adoptStream':
      return adoptStream(context, command);
    case 'openSession':
      return openSession(context, command);
    case 'closeSession':
      return closeSession(context, command);
    case 'expireSession':
      return expireSession(context, command);
    default:
      return assertNever(command);
  }
}
