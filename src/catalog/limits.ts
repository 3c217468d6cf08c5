/**
 * Every bound of the catalog, in one place.
 *
 * The field bounds are part of the replicated format: apply checks them again (a refusal is a result
 * that all members must agree on, C3), so that a cluster of mixed versions stays equal only while they
 * are equal. Widening one needs a new command version, not a new number.
 */

/** C6. Bytes of UTF-8. */
export const NAME_BYTES_MAX = 255;
export const TENANT_CHARACTERS_MAX = 36;

/** Bytes of UTF-8. S3 keys end at 1,024 bytes, so that 124 remain for the objects' own names. */
export const PREFIX_BYTES_MAX = 900;
/** Each segment costs apply one point read and one write (C1). */
export const PREFIX_SEGMENTS_MAX = 16;

export const LABELS_MAX = 64;
export const LABEL_KEY_BYTES_MAX = 63;
export const LABEL_VALUE_BYTES_MAX = 255;
/** All keys and values together. */
export const LABELS_BYTES_MAX = 8 * 1024;

/** Ten years of 365 days. */
export const GRACE_PERIOD_MS_MAX = 10 * 365 * 24 * 3600 * 1000;
/** 9999-12-31T23:59:59.999Z: the last moment that google.protobuf.Timestamp can say. */
export const TIME_MS_MAX = 253_402_300_799_999;

export const LAST_ERROR_BYTES_MAX = 1024;

/** OPEN and EXPIRED together. The leader holds all of them in memory, and asks each before a purge. */
export const SESSIONS_MAX = 10_000;
/** Streams that one report of a session may name as taken up again. A holder with more reports a lower revision. */
export const TAKEN_UP_MAX = 1_000;
/** Bytes of UTF-8. */
export const NODE_ID_BYTES_MAX = 255;
export const SESSION_TTL_MS_MIN = 5_000;
export const SESSION_TTL_MS_MAX = 3_600_000;
export const UPLOAD_DEADLINE_MS_MIN = 1_000;
export const UPLOAD_DEADLINE_MS_MAX = 3_600_000;

/** A request id is remembered for at least this long in committed time, unless REQUESTS_MAX comes first. */
export const REQUEST_RETENTION_MS = 60 * 60 * 1000;
/** Hard bound on remembered request ids: beyond it the oldest goes, whatever its age. */
export const REQUESTS_MAX = 200_000;
/** One entry adds at most one, so that two at a time always catch up. */
export const REQUESTS_EVICTED_PER_ENTRY_MAX = 2;

/** Events of the last so many log indexes are kept. One entry makes at most one event. */
export const EVENT_HISTORY_ENTRIES = 100_000;
/** An entry passes one index, and now and then one of the core's own entries: two catch up. */
export const EVENTS_TRIMMED_PER_ENTRY_MAX = 2;
