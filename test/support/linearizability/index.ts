/**
 * Linearizability of recorded histories: `checkStreamHistory` for what clients of Sexton saw,
 * `checkLinearizable` for any object with a sequential model.
 */
export { checkLinearizable } from './check.js';
export { checkStreamHistory, streamOperations } from './stream-history.js';
export type { StreamCall, StreamCallOutcome, StreamHistoryVerdict } from './stream-history.js';
export { streamModel } from './stream-model.js';
export type { StreamInput, StreamModelOptions, StreamModelState, StreamOutput } from './stream-model.js';
export type { Counterexample, Model, Operation, SearchLimits, Verdict } from './types.js';
