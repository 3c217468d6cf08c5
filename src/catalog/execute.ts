/**
 * From a command to its outcome. Reads only; `apply.ts` turns outcomes into writes, `validate-against.ts`
 * only tells them.
 */
import { assertNever } from '../shared/assert.js';
import type { ExecutionContext, Outcome } from './outcome.js';
import {
  beginPurge,
  forgetStream,
  markPurged,
  pauseCluster,
  pauseStream,
  recordPurgeProgress,
  retryPurge,
} from './purge-commands.js';
import { createStream, markDeleted, undelete } from './stream-commands.js';
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
    case 'beginPurge':
      return beginPurge(context, command);
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
    default:
      return assertNever(command);
  }
}
