/** What an operator should act on, as status shows it. */
import type { MemberId } from '../raft/types.js';

export const ALARM_KINDS = [
  'DIGEST_MISMATCH',
  'NO_FAULT_TOLERANCE',
  'MEMBER_UNREACHABLE',
  'MEMBERS_DISCONNECTED',
  'DISK_NEARLY_FULL',
  'STORAGE_NOT_READY',
  'FOREIGN_MARKER',
  'PURGES_PAUSED_AFTER_RESTORE',
  'PURGE_BLOCKED',
  'PURGES_STOPPED',
  'CLOCK_OFFSET',
  'CLIENTS_STILL_SENDING',
  'STREAM_REBORN',
] as const;

export type AlarmKind = (typeof ALARM_KINDS)[number];

export interface AlarmView {
  readonly kind: AlarmKind;
  /** 0 = the whole cluster. */
  readonly memberId: MemberId;
  /** What was seen and what to do, in English. */
  readonly message: string;
  /** Wall clock; undefined = it is found anew at each look. */
  readonly raisedMs: number | undefined;
}
