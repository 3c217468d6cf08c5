/**
 * What a simulated bucket may do to those who use it, and how often it has. Probabilities are per request;
 * the knobs may be turned at any moment of a run.
 */
export interface BucketFaults {
  /** Typical time of one way; the drawn one has a tail. */
  latencyMs: number;
  /** One way takes up to `spikeMaxMs` instead. */
  spikeProbability: number;
  spikeMaxMs: number;
  /** 503 SlowDown, nothing done. */
  throttleProbability: number;
  /** 500 InternalError, nothing done. */
  errorBeforeProbability: number;
  /** 500 InternalError, and done all the same. */
  errorAfterProbability: number;
  /** Never arrives. The caller sees a broken connection, or nothing until its deadline. */
  lostRequestProbability: number;
  /** Served, and nobody hears of it. */
  lostAnswerProbability: number;
  /** A request that changes something arrives up to `lateLandingMaxMs` late, whoever has given it up by then. */
  lateLandingProbability: number;
  lateLandingMaxMs: number;
  /** A proxy on the way sends a delete a second time, late. */
  duplicateProbability: number;

  /** A listing's page is cut short after a few keys. */
  smallPageProbability: number;
  /** A page without a key, and more to come. */
  emptyPageProbability: number;

  // Inside a delete request that is answered 200, about a third of the keys:
  /** fail with SlowDown, not deleted. */
  keyThrottleProbability: number;
  /** fail with InternalError, deleted or not. */
  keyErrorProbability: number;
  /** are not mentioned in the answer, deleted or not. */
  keyUnaccountedProbability: number;
  /** are called deleted, and are not (P4). */
  keyLieProbability: number;

  /** Every request is answered 503 ServiceUnavailable. */
  isDown: boolean;
  /** Labels of callers whose requests and answers do not get through. */
  readonly unreachableFrom: Set<string>;
  /** What lies under one of these is neither listed nor deleted: 403. */
  readonly deniedPrefixes: Set<string>;
  /** Objects under one of these are locked: a delete of a version, or of an unversioned object, fails. */
  readonly lockedPrefixes: Set<string>;
  /** The bucket's wall clock minus true time. */
  clockOffsetMs: number;
}

export function healthyBucket(): BucketFaults {
  return {
    latencyMs: 5,
    spikeProbability: 0,
    spikeMaxMs: 5_000,
    throttleProbability: 0,
    errorBeforeProbability: 0,
    errorAfterProbability: 0,
    lostRequestProbability: 0,
    lostAnswerProbability: 0,
    lateLandingProbability: 0,
    lateLandingMaxMs: 60_000,
    duplicateProbability: 0,
    smallPageProbability: 0,
    emptyPageProbability: 0,
    keyThrottleProbability: 0,
    keyErrorProbability: 0,
    keyUnaccountedProbability: 0,
    keyLieProbability: 0,
    isDown: false,
    unreachableFrom: new Set(),
    deniedPrefixes: new Set(),
    lockedPrefixes: new Set(),
    clockOffsetMs: 0,
  };
}

export interface BucketCounts {
  requests: number;
  spikes: number;
  throttled: number;
  errorsBefore: number;
  errorsAfter: number;
  lostRequests: number;
  lostAnswers: number;
  lateLandings: number;
  duplicates: number;
  smallPages: number;
  emptyPages: number;
  keysThrottled: number;
  keysFailed: number;
  keysUnaccounted: number;
  keysLied: number;
  refusedWhileDown: number;
  unreachable: number;
  denied: number;
  locked: number;
  /** Arrived after their expiry, and were refused for it (P11). */
  expired: number;
  /** Their caller gave up, by abort or by deadline, before an answer came. */
  givenUp: number;
  /** Arrived, and did something, after their caller had given up or died. */
  appliedAfterGivenUp: number;
}

export function noBucketCounts(): BucketCounts {
  return {
    requests: 0,
    spikes: 0,
    throttled: 0,
    errorsBefore: 0,
    errorsAfter: 0,
    lostRequests: 0,
    lostAnswers: 0,
    lateLandings: 0,
    duplicates: 0,
    smallPages: 0,
    emptyPages: 0,
    keysThrottled: 0,
    keysFailed: 0,
    keysUnaccounted: 0,
    keysLied: 0,
    refusedWhileDown: 0,
    unreachable: 0,
    denied: 0,
    locked: 0,
    expired: 0,
    givenUp: 0,
    appliedAfterGivenUp: 0,
  };
}
