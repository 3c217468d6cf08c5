/**
 * Linearizability of recorded histories: `checkStreamHistory` for what clients of Sexton saw,
 * `checkLinearizable` for any object with a sequential model.
 */
export { checkLinearizable } from './check.js';
export { checkStreamHistory, streamOperations } from './stream-history.js';
export type { StreamCall, StreamCallOutcome } from './stream-history.js';
export { streamModel } from './stream-model.js';
export type { StreamInput, StreamModelOptions } from './stream-model.js';
export type { Model, Operation } from './types.js';
