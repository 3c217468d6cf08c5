/** Times in messages, which are replicated with their refusals: a function of the number alone (C3). */

/** RFC 3339 in UTC, `2026-11-30T18:25:27.960Z`. `timeMs`: whole ms since the epoch, up to TIME_MS_MAX. */
export function timeText(timeMs: number): string {
  // eslint-disable-next-line no-restricted-globals -- no clock is read, and the text of an instant in UTC never changes
  return new Date(timeMs).toISOString();
}
