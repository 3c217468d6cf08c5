/**
 * Who hears whom, and how far apart the members' clocks are. Every member tells every other one, about once an
 * election timeout, when it last heard from each and what it measured of their clocks. The leader puts the rows
 * together; a node without a leader still shows its own. For people only: nothing is decided or ordered by it (C3).
 *
 * A clock is measured as NTP does it. A report carries the number of the receiver's latest report and how long it
 * lay there; the sender of that one knows when it left, so it knows the round trip:
 *
 *   here   sent(n) ------.                       .------> now        round trip = now - sent(n) - held
 *   there                 `--> got(n) .. held ..'  wall             wall - now is the offset, less the way back
 *
 * The way back took something between nothing and the whole round trip: half of it is the estimate, and half of it
 * is what the estimate may be wrong by. The measurement with the smallest such error of the latest few is shown.
 *
 * Bounds: one row a member in force, one entry a row and member, a few remembered departures and measurements.
 */
import { TIME_MS_MAX } from '../catalog/limits.js';
import type { MemberId } from '../raft/types.js';
import { HEARD_MAX } from '../rpc/raft-report-codec.js';
import type { Clock } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';
import type { LinkView } from './node-api.js';
import type { ClockMeasurement, PeerItem, PeerReport } from './transport/transport.js';

/** Silence for so many report intervals is silence: one or two lost reports are not. */
const SILENT_AFTER_INTERVALS = 3;
/** Reports whose time of departure is remembered; an answer to an older one measures nothing. */
const DEPARTURES_MAX = 8;
/** The best of the latest so many is shown. More would show a clock that has been set right since. */
const MEASUREMENTS_MAX = 8;

export interface PeerReportsDeps {
  readonly memberId: MemberId;
  /** Numbers of another life of this process must not be taken for its own. */
  readonly boot: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tickMs: number;
  /** A report goes out every so many ticks. */
  readonly reportTicks: number;
  /** An offset that is certainly above this is logged, and an alarm. */
  readonly clockOffsetAlarmMs: number;
  /** In force now, this node among them. */
  readonly members: () => readonly MemberId[];
  readonly send: (to: MemberId, item: PeerItem) => void;
}

interface Peer {
  /** Monotonic, as all times here but the clocks that are measured. */
  heardAtMs: number;
  /** What it said last, and when that came. */
  report: { readonly report: PeerReport; readonly atMs: number } | undefined;
  readonly measurements: ClockMeasurement[];
  isFar: boolean;
}

export class PeerReports {
  readonly #deps: PeerReportsDeps;
  readonly #peers = new Map<MemberId, Peer>();
  readonly #departures = new Map<number, number>();
  #sequence: number;
  #ticks = 0;

  constructor(deps: PeerReportsDeps) {
    this.#deps = deps;
    this.#sequence = (deps.boot % 2 ** 40) * 256;
  }

  /** Anything came from it, whatever it was. */
  heardFrom(member: MemberId): void {
    const peer = this.#peers.get(member);
    if (peer !== undefined) peer.heardAtMs = this.#deps.clock.monotonicMs();
    else if (this.#deps.members().includes(member)) this.#add(member);
  }

  receive(from: MemberId, report: PeerReport): void {
    const peer = this.#peers.get(from);
    if (peer === undefined) return;
    const nowMs = this.#deps.clock.monotonicMs();
    // Sent once, come twice: the second time says nothing about now.
    if (report.sequence === peer.report?.report.sequence) return;
    peer.report = { report, atMs: nowMs };
    this.#measure(from, peer, report, nowMs);
  }

  tick(): void {
    if (this.#ticks++ % this.#deps.reportTicks !== 0) return;
    const { members, memberId } = this.#deps;
    const others = members().filter((id) => id !== memberId);
    for (const id of this.#peers.keys()) if (!others.includes(id)) this.#peers.delete(id);
    for (const id of others) this.#send(id);
  }

  /** What this node measured of the member's clock; undefined: nothing yet. */
  clockOf(member: MemberId): ClockMeasurement | undefined {
    let best: ClockMeasurement | undefined;
    for (const measured of this.#peers.get(member)?.measurements ?? []) {
      if (best === undefined || measured.errorMs <= best.errorMs) best = measured;
    }
    return best;
  }

  /** This node's own row. */
  ownLinks(): readonly LinkView[] {
    const { memberId, members, clock } = this.#deps;
    const nowMs = clock.monotonicMs();
    return members()
      .filter((id) => id !== memberId)
      .map((to) => {
        const heardAtMs = this.#peers.get(to)?.heardAtMs;
        return this.#link(
          memberId,
          to,
          heardAtMs === undefined ? undefined : nowMs - heardAtMs,
          this.clockOf(to),
        );
      });
  }

  /** Every row: this node's, and those that the others reported. */
  links(): readonly LinkView[] {
    const { memberId, members, clock } = this.#deps;
    const nowMs = clock.monotonicMs();
    const all = members();
    const rows = [...this.ownLinks()];
    for (const from of all) {
      if (from === memberId) continue;
      const told = this.#peers.get(from)?.report;
      const isStale = told === undefined || nowMs - told.atMs > this.#silentAfterMs;
      for (const to of all) {
        if (to === from) continue;
        const heard = told?.report.heard.find(({ member }) => member === to);
        if (isStale) rows.push({ from, to, state: 'unknown', lastHeardMs: undefined, clock: undefined });
        else rows.push(this.#link(from, to, heard && heard.agoMs + nowMs - told.atMs, heard?.clock));
      }
    }
    return rows;
  }

  get #silentAfterMs(): number {
    const { tickMs, reportTicks } = this.#deps;
    return SILENT_AFTER_INTERVALS * reportTicks * tickMs;
  }

  #link(
    from: MemberId,
    to: MemberId,
    lastHeardMs: number | undefined,
    clock: ClockMeasurement | undefined,
  ): LinkView {
    // What a report says is as old as the report: a link may seem silent for one interval more than it is.
    const limitMs = this.#silentAfterMs * (from === this.#deps.memberId ? 1 : 2);
    const state = lastHeardMs !== undefined && lastHeardMs <= limitMs ? 'heard' : 'silent';
    return { from, to, state, lastHeardMs, clock };
  }

  #add(member: MemberId): void {
    const heardAtMs = this.#deps.clock.monotonicMs();
    this.#peers.set(member, { heardAtMs, report: undefined, measurements: [], isFar: false });
  }

  #send(to: MemberId): void {
    const { clock, send } = this.#deps;
    const nowMs = clock.monotonicMs();
    const sequence = ++this.#sequence;
    this.#departures.set(sequence, nowMs);
    const most = DEPARTURES_MAX * Math.max(1, this.#deps.members().length - 1);
    for (const old of this.#departures.keys()) {
      if (this.#departures.size <= most) break;
      this.#departures.delete(old);
    }
    const told = this.#peers.get(to)?.report;
    const heard = [...this.#peers].slice(0, HEARD_MAX).map(([member, { heardAtMs }]) => {
      const measured = this.clockOf(member);
      return { member, agoMs: nowMs - heardAtMs, ...(measured === undefined ? {} : { clock: measured }) };
    });
    const report: PeerReport = {
      sequence,
      wallMs: Math.round(clock.wallMs()),
      echo: told?.report.sequence ?? 0,
      echoHeldMs: told === undefined ? 0 : nowMs - told.atMs,
      heard,
    };
    send(to, { kind: 'report', report });
  }

  #measure(from: MemberId, peer: Peer, report: PeerReport, nowMs: number): void {
    const sentMs = this.#departures.get(report.echo);
    if (sentMs === undefined) return;
    const roundTripMs = nowMs - sentMs - report.echoHeldMs;
    // Less than nothing: an answer to a report of an earlier life, or held by a clock that does not keep time.
    if (roundTripMs < 0) return;
    const errorMs = roundTripMs / 2;
    // Beyond all calendars an offset would be no duration that a message can carry.
    const offsetMs = Math.min(report.wallMs, TIME_MS_MAX) + errorMs - this.#deps.clock.wallMs();
    peer.measurements.push({ offsetMs, errorMs });
    if (peer.measurements.length > MEASUREMENTS_MAX) peer.measurements.shift();
    this.#judge(from, peer);
  }

  #judge(member: MemberId, peer: Peer): void {
    const best = this.clockOf(member);
    const { clockOffsetAlarmMs, logger } = this.#deps;
    const isFar = best !== undefined && Math.abs(best.offsetMs) - best.errorMs > clockOffsetAlarmMs;
    if (isFar && !peer.isFar)
      logger.warn(
        { member, ...best },
        'the clock of a member is far from this one: check time synchronisation',
      );
    peer.isFar = isFar;
  }
}
