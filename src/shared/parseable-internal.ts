/**
 * Streams that Parseable keeps for itself, under the same layout as those of its users. They are nobody's to adopt or to
 * delete: Parseable makes them again.
 */
const INTERNAL_STREAMS: ReadonlySet<string> = new Set(['pmeta', 'pstats', 'pbilling']);

export function isInternalStream(name: string): boolean {
  return INTERNAL_STREAMS.has(name);
}
