/** Every bound of the faces, in one place. What a caller sends beyond one is refused with the bound named. */
export interface ServerLimits {
  /** One request, encoded. Default 4 MiB. */
  readonly requestBytesMax: number;
  /** One frame of MutateStreams, encoded. Default 1 MiB, as its proto says. */
  readonly mutationFrameBytesMax: number;
  /** Mutations in one frame. Default 1,000, as its proto says. */
  readonly mutationsPerFrameMax: number;
  /**
   * What gRPC itself takes, peers' frames too; beyond it gRPC answers RESOURCE_EXHAUSTED without
   * details. Default 8 MiB: twice the largest frame between members.
   */
  readonly transportBytesMax: number;
  /** Mutations of one call that wait for their answer; beyond it no more frames are read. Default 4,096. */
  readonly mutationsInFlightMax: number;
  /** Answers and watch events are sent in messages of about this size at most. Default 256 KiB. */
  readonly responseBytesTarget: number;
  /** A page of streams is cut short here, so that clients with gRPC's default of 4 MiB can read it. Default 3 MiB. */
  readonly pageBytesMax: number;
  /** Events in one watch message. Default 500. */
  readonly watchEventsPerMessageMax: number;
  /** A watch or pipeline whose receiver takes nothing for so long is ended. Default 60 s. */
  readonly stalledReceiverMs: number;
  /** What a health probe's linearizable read may take. Default 2 s. */
  readonly readProbeTimeoutMs: number;
  /** How often health looks by itself. Default 2 s. */
  readonly healthIntervalMs: number;
}

export const SERVER_LIMITS: ServerLimits = {
  requestBytesMax: 4 * 1024 * 1024,
  mutationFrameBytesMax: 1024 * 1024,
  mutationsPerFrameMax: 1000,
  transportBytesMax: 8 * 1024 * 1024,
  mutationsInFlightMax: 4096,
  responseBytesTarget: 256 * 1024,
  pageBytesMax: 3 * 1024 * 1024,
  watchEventsPerMessageMax: 500,
  stalledReceiverMs: 60_000,
  readProbeTimeoutMs: 2000,
  healthIntervalMs: 2000,
};
