/** What the gateway says about itself, in one record. */
export interface GatewayStatus {
  /** The catalog was seen up to there; undefined until the first listing is complete. */
  readonly revision: number | undefined;
  /** Why writes are refused whatever the name; '' = they are not. */
  readonly problem: string;
  /** '' = none is open. */
  readonly sessionId: string;
  /** As the cluster has confirmed; 0 = not yet. */
  readonly drainedRevision: number;
  readonly knownNames: number;
  readonly requestsInFlight: number;
  readonly writesInFlight: number;
  readonly refusedTotal: number;
  readonly nodes: readonly {
    readonly node: string;
    /** DOWN: it could not be reached a short while ago, and is passed over. */
    readonly state: 'UP' | 'DOWN';
  }[];
}
