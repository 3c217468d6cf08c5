/** The ledger's rules, one by one: who may begin, how long the lease is sure, when an upload is settled. */
import { describe, expect, it } from 'vitest';
import { IngestLedger, type LedgerUpload } from '../../src/client/ingest-ledger.js';
import { IngestView } from '../../src/client/ingest-view.js';
import { bookmark, changed, listing, watchStream } from './ingest-items.js';

const APP = watchStream();

function ledger(uploadsMax = 10): IngestLedger {
  return new IngestLedger({ openedRevision: 10, uploadDeadlineMs: 1_000, uploadsMax });
}

function ready(uploadsMax = 10): IngestLedger {
  const subject = ledger(uploadsMax);
  subject.renewed(0, 1e6);
  subject.apply(listing(10, APP));
  return subject;
}

function begin(subject: IngestLedger, nowMs: number, incarnation = APP.incarnation): LedgerUpload {
  const admission = subject.begin(incarnation, nowMs);
  if (!admission.admitted) throw new Error(admission.refusal);
  return admission.upload;
}

const refusal = (subject: IngestLedger, nowMs: number, incarnation = APP.incarnation): string => {
  const admission = subject.begin(incarnation, nowMs);
  return admission.admitted ? 'admitted' : admission.refusal;
};

describe('L1 an upload may begin', () => {
  it('when the view has reached the opening, the lease is sure, and the stream is ACTIVE', () => {
    const subject = ledger();
    expect(refusal(subject, 0)).toBe('view-behind');
    subject.apply(listing(9, APP));
    expect(refusal(subject, 0)).toBe('view-behind');
    subject.apply(bookmark(10));
    expect(refusal(subject, 0)).toBe('lease-unsure');
    subject.renewed(0, 1_000);
    expect(refusal(subject, 0, 8)).toBe('stream-not-active');
    expect(refusal(subject, 0)).toBe('admitted');
    subject.end();
    expect(refusal(subject, 0)).toBe('session-over');
  });

  it('for a part of the lease that leaves room for clocks which run apart, from when the request was sent', () => {
    const subject = ready();
    const fresh = ledger();
    fresh.apply(listing(10, APP));
    fresh.renewed(500, 32_000);
    expect(fresh.leaseUntilMs).toBe(31_500);
    expect(refusal(fresh, 31_499)).toBe('admitted');
    expect(refusal(fresh, 31_500)).toBe('lease-unsure');
    fresh.renewed(400, 1_000); // An older answer, come late.
    expect(fresh.leaseUntilMs).toBe(31_500);
    expect(refusal(subject, 5)).toBe('admitted');
  });

  it('unless too many are in flight; those that nobody hears of any more count too', () => {
    const subject = ready(2);
    const first = begin(subject, 0);
    begin(subject, 0);
    subject.stopped(first);
    expect(refusal(subject, 5_000)).toBe('too-many-uploads');
    subject.finished(first, 'unknown', 5_000);
    expect(refusal(subject, 5_000)).toBe('admitted');
  });
});

describe('L2 an upload is settled', () => {
  it('by a known outcome, else by its deadline, and in flight only once it was told to stop', () => {
    const subject = ready();
    expect(subject.settledFromMs()).toBe(-Infinity);
    const upload = begin(subject, 100);
    expect(subject.settledFromMs()).toBe(Infinity);
    subject.stopped(upload);
    expect(subject.settledFromMs()).toBe(1_100);
    subject.finished(upload, 'unknown', 200);
    expect(subject.settledFromMs()).toBe(1_100);
    subject.finished(begin(subject, 300), 'known', 400);
    expect(subject.settledFromMs()).toBe(1_100);
    subject.finished(begin(subject, 500), 'unknown', 600);
    expect(subject.settledFromMs()).toBe(1_500);
  });
});

describe('L3 the drained revision', () => {
  it('stays before the first tombstone with an unsettled upload, and is due when it moves over a drain', () => {
    const subject = ready();
    const upload = begin(subject, 0);
    expect(subject.apply(changed(APP, 12, 'DELETED'))).toMatchObject([
      { tombstoneRevision: 12, uploads: [upload] },
    ]);
    subject.apply(bookmark(14));
    expect(subject.drainedRevision(0)).toBe(11);
    subject.reported(11);
    subject.stopped(upload);
    expect(subject.nextSettlingMs()).toBe(1_000);
    // In its grace period: with the next frame.
    expect([subject.reportIsDue(1_000), subject.drainedRevision(1_000)]).toEqual([false, 14]);
    subject.apply(changed(APP, 15, 'PURGING'));
    expect(subject.reportIsDue(1_000)).toBe(true);
    subject.apply(bookmark(15));
    expect(subject.drainedRevision(1_000)).toBe(15);
    subject.reported(15);
    subject.apply(bookmark(20));
    expect(subject.reportIsDue(1_000)).toBe(false); // Nothing drains: with the next frame.
    subject.awaited(18);
    expect(subject.reportIsDue(1_000)).toBe(true);
  });

  it('is due when a listing has lost a stream: it may drain already', () => {
    const subject = ready();
    subject.apply(listing(20));
    expect(subject.drainedRevision(0)).toBe(20);
    expect(subject.reportIsDue(0)).toBe(true);
  });

  it('is the opening’s until the view has come so far', () => {
    const subject = ledger();
    expect(subject.drainedRevision(0)).toBe(10);
    subject.apply(listing(4, APP));
    expect(subject.drainedRevision(0)).toBe(10);
  });
});

describe('IngestView', () => {
  it('finds the life of a name, also when a new one has taken the place of the old', () => {
    const view = new IngestView();
    view.apply(listing(10, APP, watchStream({ tenant: 't', name: 'app', incarnation: 9 })));
    expect(view.named({ name: 'app' })?.incarnation).toBe(7);
    expect(view.named({ tenant: 't', name: 'app' })?.incarnation).toBe(9);
    view.apply(changed(watchStream({ incarnation: 11 }), 11, 'ACTIVE'));
    expect(view.apply(changed(APP, 12, 'DELETED'))).toHaveLength(1);
    expect(view.named({ name: 'app' })?.incarnation).toBe(11);
    expect(view.size).toBe(2);
  });

  it('V1 is not set back by events that a listing was ahead of', () => {
    const view = new IngestView();
    view.apply(listing(10, { ...APP, revision: 15 }));
    expect(view.apply(changed(APP, 12, 'DELETED'))).toEqual([]);
    expect(view.stream(7)).toBeDefined();
    expect(view.apply(changed(APP, 16, 'DELETED'))).toHaveLength(1);
  });

  it('V2 takes the earliest place that a tombstone in a gap can have', () => {
    const view = new IngestView();
    view.apply(listing(10, APP));
    view.apply({ kind: 'snapshot', streams: [], revision: 30, first: true, last: false });
    expect(view.stream(7)).toBeDefined(); // Not before the last page.
    expect(
      view.apply({ kind: 'snapshot', streams: [], revision: 30, first: false, last: true }),
    ).toMatchObject([{ tombstoneRevision: 11 }]);
    expect(view.revision).toBe(30);
  });

  it('takes a state that it does not know for one that is not to be written to', () => {
    const view = new IngestView();
    view.apply(listing(10, APP, watchStream({ name: 'odd', incarnation: 9, state: 'UNKNOWN' })));
    expect(view.stream(9)).toBeUndefined();
    expect(view.apply(changed(APP, 12, 'UNKNOWN'))).toHaveLength(1);
  });
});
