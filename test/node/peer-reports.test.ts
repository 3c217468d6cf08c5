/** Who hears whom and how far clocks are apart: PeerReports over a network of given delays, with given clocks. */
import { describe, expect, it } from 'vitest';
import { clockAlarms, diskAlarms, linkAlarms } from '../../src/node/view-alarms.js';
import type { LinkView, PeerView } from '../../src/node/node-api.js';
import { PeerReports } from '../../src/node/peer-reports.js';
import type { PeerItem, PeerReport } from '../../src/node/transport/transport.js';
import type { Clock } from '../../src/shared/clock.js';
import type { Logger } from '../../src/shared/logger.js';

const TICK_MS = 50;
const REPORT_TICKS = 20;
const INTERVAL_MS = TICK_MS * REPORT_TICKS;

interface Flight {
  readonly atMs: number;
  readonly from: number;
  readonly to: number;
  readonly report: PeerReport;
}

/** Members on clocks that are off by a constant, and links with a delay a direction; undefined = cut. */
class Cluster {
  nowMs = 1_000;
  readonly members = new Map<number, PeerReports>();
  readonly warnings: string[] = [];
  delayMs = (from: number, to: number): number | undefined => (from === to ? 0 : 1);
  onSent: (from: number, report: PeerReport) => void = () => undefined;
  #flights: Flight[] = [];

  constructor(offsets: Readonly<Record<number, number>>) {
    for (const [id, offsetMs] of Object.entries(offsets)) this.start(Number(id), offsetMs, 7);
  }

  start(id: number, offsetMs: number, boot: number): void {
    const clock: Clock = {
      // Monotonic clocks begin anywhere.
      monotonicMs: () => this.nowMs + id * 1e6,
      wallMs: () => 1_700_000_000_000 + this.nowMs + offsetMs,
      setTimer: () => {
        throw new Error('reports go by ticks');
      },
    };
    const silent = (): void => undefined;
    const logger: Logger = {
      debug: silent,
      info: silent,
      warn: (_fields, message) => this.warnings.push(`${id}: ${message}`),
      error: silent,
      child: () => logger,
    };
    const reports = new PeerReports({
      memberId: id,
      boot,
      clock,
      logger,
      tickMs: TICK_MS,
      reportTicks: REPORT_TICKS,
      clockOffsetAlarmMs: 500,
      members: () => [...this.members.keys()],
      send: (to, item) => {
        this.#send(id, to, item);
      },
    });
    this.members.set(id, reports);
  }

  #send(from: number, to: number, item: PeerItem): void {
    if (item.kind !== 'report') throw new Error('only reports');
    this.onSent(from, item.report);
    const delayMs = this.delayMs(from, to);
    if (delayMs !== undefined)
      this.#flights.push({ atMs: this.nowMs + delayMs, from, to, report: item.report });
  }

  run(durationMs: number): void {
    for (const endMs = this.nowMs + durationMs; this.nowMs < endMs; this.nowMs++) {
      const landing = this.#flights.filter(({ atMs }) => atMs <= this.nowMs);
      this.#flights = this.#flights.filter(({ atMs }) => atMs > this.nowMs);
      for (const { from, to, report } of landing) {
        this.members.get(to)?.heardFrom(from);
        this.members.get(to)?.receive(from, report);
      }
      // Members do not tick at the same moment.
      for (const [id, reports] of this.members) if ((this.nowMs + id * 17) % TICK_MS === 0) reports.tick();
    }
  }

  at(id: number): PeerReports {
    const reports = this.members.get(id);
    if (reports === undefined) throw new Error(`no member ${id}`);
    return reports;
  }

  link(asSeenBy: number, from: number, to: number): LinkView | undefined {
    return this.at(asSeenBy)
      .links()
      .find((link) => link.from === from && link.to === to);
  }
}

describe('clocks of members', () => {
  it('are measured within the error that is told, whichever way the delay lies', () => {
    const offsets: Record<number, number> = { 1: 0, 2: 250, 3: -4_000 };
    const cluster = new Cluster(offsets);
    cluster.delayMs = (from, to) => (from < to ? 3 : 41);
    cluster.run(10 * INTERVAL_MS);
    for (const here of [1, 2, 3]) {
      for (const there of [1, 2, 3]) {
        if (here === there) continue;
        const measured = cluster.at(here).clockOf(there);
        expect(measured?.errorMs).toBeGreaterThan(0);
        expect(measured?.errorMs).toBeLessThanOrEqual(23);
        const truth = offsets[there]! - offsets[here]!;
        expect(Math.abs(measured!.offsetMs - truth)).toBeLessThanOrEqual(measured!.errorMs + 0.001);
      }
    }
  });

  it('are shown by the measurement that is wrong by the least of the latest ones', () => {
    const cluster = new Cluster({ 1: 0, 2: 100 });
    let delayMs = 2;
    cluster.delayMs = () => delayMs;
    cluster.run(3 * INTERVAL_MS);
    delayMs = 400;
    cluster.run(4 * INTERVAL_MS);
    expect(cluster.at(1).clockOf(2)?.errorMs).toBeLessThanOrEqual(3);
    cluster.run(10 * INTERVAL_MS);
    expect(cluster.at(1).clockOf(2)?.errorMs).toBeGreaterThan(300);
  });

  it('are warned of once when they are certainly too far off, and not when they only may be', () => {
    const cluster = new Cluster({ 1: 0, 2: 600, 3: 510 });
    cluster.delayMs = (from, to) => (from === 3 || to === 3 ? 30 : 2);
    cluster.run(10 * INTERVAL_MS);
    // Member 2, and once; member 3 is 510 ms ahead, give or take 30: perhaps within the bound.
    expect(cluster.warnings.filter((text) => text.startsWith('1:'))).toHaveLength(1);
    expect(cluster.warnings.filter((text) => text.startsWith('3:'))).toEqual([]);
  });

  it('that claim to be beyond all calendars are alarming, and still a duration that a message can carry', () => {
    const cluster = new Cluster({ 1: 0, 2: 0 });
    const reports = cluster.at(1);
    reports.heardFrom(2);
    let echo = 0;
    cluster.delayMs = () => undefined;
    cluster.onSent = (from, { sequence }) => (echo = from === 1 ? sequence : echo);
    cluster.run(INTERVAL_MS);
    const heard = Array.from({ length: 64 }, () => ({ member: 9, agoMs: Number.MAX_SAFE_INTEGER }));
    reports.receive(2, { sequence: 1, wallMs: Number.MAX_SAFE_INTEGER, echo, echoHeldMs: 0, heard });
    const { offsetMs = NaN } = reports.clockOf(2) ?? {};
    expect(offsetMs).toBeGreaterThan(1e12);
    // google/protobuf/duration.proto: 10,000 years.
    expect(offsetMs).toBeLessThan(315_576_000_000_000);
    expect(cluster.warnings).toHaveLength(1);
    expect(reports.links().map(({ from, to }) => `${from}${to}`)).toEqual(['12', '21']);
  });

  it('are not measured by an answer to a report of an earlier life', () => {
    const cluster = new Cluster({ 1: 0, 2: 0 });
    cluster.run(2 * INTERVAL_MS);
    cluster.start(1, 0, 8);
    // What 2 sends now still answers the old 1, whose numbers the new one has never given out.
    cluster.delayMs = (from) => (from === 1 ? undefined : 1);
    cluster.run(3 * INTERVAL_MS);
    expect(cluster.at(1).clockOf(2)).toBeUndefined();
    cluster.delayMs = () => 1;
    cluster.run(3 * INTERVAL_MS);
    expect(cluster.at(1).clockOf(2)?.errorMs).toBeLessThanOrEqual(2);
  });
});

describe('who hears whom', () => {
  it('is known to every member about every pair', () => {
    const cluster = new Cluster({ 1: 0, 2: 0, 3: 0 });
    cluster.run(3 * INTERVAL_MS);
    for (const id of [1, 2, 3]) {
      const links = cluster.at(id).links();
      expect(links).toHaveLength(6);
      expect(links.every(({ state }) => state === 'heard')).toBe(true);
      expect(links.every(({ clock }) => clock !== undefined)).toBe(true);
    }
  });

  it('shows a link that is cut in one direction, and an alarm on a leader that hears both', () => {
    const cluster = new Cluster({ 1: 0, 2: 0, 3: 0 });
    cluster.run(2 * INTERVAL_MS);
    cluster.delayMs = (from, to) => (from === 2 && to === 3 ? undefined : 1);
    cluster.run(10 * INTERVAL_MS);
    expect(cluster.link(1, 3, 2)?.state).toBe('silent');
    expect(cluster.link(1, 3, 2)?.lastHeardMs).toBeGreaterThan(8 * INTERVAL_MS);
    expect(cluster.link(1, 2, 3)?.state).toBe('heard');
    const alarms = linkAlarms(cluster.at(1).links(), 1);
    expect(alarms).toMatchObject([{ kind: 'MEMBERS_DISCONNECTED', memberId: 3 }]);
    expect(alarms[0]?.message).toContain('does not hear member 2');
    cluster.delayMs = () => 1;
    cluster.run(3 * INTERVAL_MS);
    expect(linkAlarms(cluster.at(1).links(), 1)).toEqual([]);
  });

  it('says that it does not know what a silent member hears', () => {
    const cluster = new Cluster({ 1: 0, 2: 0, 3: 0 });
    cluster.run(2 * INTERVAL_MS);
    cluster.delayMs = (from, to) => (from === 3 || to === 3 ? undefined : 1);
    cluster.run(10 * INTERVAL_MS);
    expect(cluster.link(1, 1, 3)?.state).toBe('silent');
    expect(cluster.link(1, 3, 2)?.state).toBe('unknown');
    // Who is away for everybody is told of as unreachable, not as a quarrel of two.
    expect(linkAlarms(cluster.at(1).links(), 1)).toEqual([]);
  });

  it('forgets a member that is none any more, and takes nothing from strangers', () => {
    const cluster = new Cluster({ 1: 0, 2: 0, 3: 0 });
    cluster.run(2 * INTERVAL_MS);
    cluster.members.delete(3);
    cluster.run(2 * INTERVAL_MS);
    const reports = cluster.at(1);
    reports.heardFrom(3);
    reports.receive(9, { sequence: 1, wallMs: 0, echo: 0, echoHeldMs: 0, heard: [] });
    expect(reports.links().map(({ from, to }) => `${from}${to}`)).toEqual(['12', '21']);
  });
});

describe('alarms of clocks and disks', () => {
  const peer = (id: number, clock: PeerView['clock']): PeerView => ({
    id,
    address: '',
    role: 'voter',
    progress: 'replicate',
    matchIndex: 0,
    trailingEntries: 0,
    lastContactMs: 0,
    reachable: true,
    directoryId: '',
    promotionObstacle: '',
    digestEqualIndex: 0,
    clock,
  });
  const store = {
    versioning: 'never',
    conditionalDelete: true,
    conditionalBatches: true,
    conditionalCreate: true,
    requestExpiry: true,
    deleteBatchMax: 1_000,
    multipartUploads: true,
  } as const;

  it('speak of what is certain only, and say which way', () => {
    const peers = [
      peer(2, { offsetMs: -620, errorMs: 100 }),
      peer(3, { offsetMs: 620, errorMs: 130 }),
      peer(4, undefined),
    ];
    const ahead = { ...store, clockOffsetMs: 1_200, clockErrorMs: 520 };
    const alarms = clockAlarms(peers, ahead, 500);
    expect(alarms.map(({ memberId, message }) => `${memberId} ${message}`)).toEqual([
      "2 the clock of member 2 is 0.620 s (give or take 0.100 s) behind the leader's: check time synchronisation",
      "0 the clock of the object store is 1.200 s (give or take 0.520 s) ahead of the leader's: check time synchronisation",
    ]);
    expect(clockAlarms([], { ...store, clockOffsetMs: undefined }, 500)).toEqual([]);
    expect(clockAlarms([], { ...store, clockOffsetMs: 900, clockErrorMs: 520 }, 500)).toEqual([]);
  });

  it('ask for room on the disk before it is full', () => {
    const gib = 1024 ** 3;
    expect(diskAlarms(1, { freeBytes: 2 * gib, totalBytes: 1_000 * gib })).toEqual([]);
    expect(diskAlarms(1, { freeBytes: gib / 2, totalBytes: 5 * gib })).toEqual([]);
    expect(diskAlarms(1, { freeBytes: gib / 2, totalBytes: 1_000 * gib })).toMatchObject([
      { kind: 'DISK_NEARLY_FULL', memberId: 1, message: expect.stringContaining('512 MiB') as string },
    ]);
    expect(diskAlarms(1, undefined)).toEqual([]);
  });
});
