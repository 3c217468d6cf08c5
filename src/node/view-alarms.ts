/** Alarms about links, clocks and disks: what status warns of, from what was measured. Nothing is decided by them. */
import type { Capabilities } from '../objectstore/object-store.js';
import type { MemberId } from '../raft/types.js';
import type { AlarmView } from './alarm.js';
import type { LinkView, PeerView } from './node-api.js';
import type { DiskSpace } from './views.js';

/** Below either, a disk is nearly full: a node whose disk is full stops (S5). */
const DISK_FREE_MIN_BYTES = 1024 ** 3;
const DISK_FREE_MIN_PART = 0.05;

/** Where the leader hears both and one of them does not hear the other. What it does not hear itself is told apart. */
export function linkAlarms(links: readonly LinkView[], leaderId: MemberId): AlarmView[] {
  const hears = (from: MemberId, to: MemberId): boolean =>
    links.some((link) => link.from === from && link.to === to && link.state === 'heard');
  return links
    .filter(({ from, to, state }) => state === 'silent' && from !== leaderId && to !== leaderId)
    .filter(({ from, to }) => hears(leaderId, from) && hears(leaderId, to))
    .map(({ from, to }) => ({
      kind: 'MEMBERS_DISCONNECTED',
      memberId: from,
      message:
        `member ${from} does not hear member ${to}, and the leader hears both: without this leader an election ` +
        'may fail; look at the network between them',
      raisedMs: undefined,
    }));
}

/** Only what is certain: the offset less what it may be wrong by. */
export function clockAlarms(
  peers: readonly PeerView[],
  store: Capabilities | undefined,
  boundMs: number,
): AlarmView[] {
  const found: AlarmView[] = [];
  const judge = (memberId: MemberId, whose: string, offsetMs: number, errorMs: number): void => {
    if (Math.abs(offsetMs) - errorMs <= boundMs) return;
    const side = offsetMs > 0 ? 'ahead of' : 'behind';
    const size = `${seconds(Math.abs(offsetMs))} (give or take ${seconds(errorMs)})`;
    found.push({
      kind: 'CLOCK_OFFSET',
      memberId,
      message: `the clock of ${whose} is ${size} ${side} the leader's: check time synchronisation`,
      raisedMs: undefined,
    });
  };
  for (const { id, clock } of peers) {
    if (clock !== undefined) judge(id, `member ${id}`, clock.offsetMs, clock.errorMs);
  }
  if (store?.clockOffsetMs !== undefined) {
    judge(0, 'the object store', store.clockOffsetMs, store.clockErrorMs ?? 0);
  }
  return found;
}

export function diskAlarms(memberId: MemberId, space: DiskSpace | undefined): AlarmView[] {
  if (space === undefined) return [];
  const { freeBytes, totalBytes } = space;
  if (freeBytes >= Math.min(DISK_FREE_MIN_BYTES, totalBytes * DISK_FREE_MIN_PART)) return [];
  const message = `${Math.floor(freeBytes / 1024 ** 2)} MiB are left on the disk of the data directory: make room`;
  return [{ kind: 'DISK_NEARLY_FULL', memberId, message, raisedMs: undefined }];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 3 : 0)} s`;
}
