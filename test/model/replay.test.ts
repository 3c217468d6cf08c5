/**
 * The replay judges sequences written by hand: what the rules allow passes, and each rule that can be seen in a run
 * is seen when it is broken. The catalog's answers come from the production apply, so that a sequence that only the
 * replay would accept fails too; where a broken catalog is played, the answer is forged.
 */
import { describe, expect, it } from 'vitest';
import { ReplayedRun } from './replayed-run.js';

const HOUR_MS = 3_600_000;

describe('a run that keeps the rules', () => {
  it('create, delete, purge, sweep, forget', () => {
    const run = new ReplayedRun();
    const web = run.create('web');
    run.delete(web);
    run.wait(HOUR_MS);
    run.purgeBegins(web);
    run.deleteLands(web, 'a');
    run.purged(web);
    run.wait(2 * HOUR_MS);
    run.sweepBegins(web);
    run.deleteLands(web, 'late');
    run.sweepEnds(web);
    run.wait(HOUR_MS);
    run.forgotten(web);
    expect(run.verdicts).toEqual([]);
  });

  it('a life comes back from DELETED, is deleted again, and the name begins anew', () => {
    const run = new ReplayedRun();
    const web = run.create('web');
    run.delete(web);
    run.undelete(web);
    run.delete(web);
    run.create('web');
    expect(run.verdicts).toEqual([]);
  });

  it('a new life lies below the prefix when the old one is PURGED, and is adopted when its fence has passed', () => {
    const run = new ReplayedRun();
    const web = run.create('web', 'web/');
    run.delete(web);
    run.wait(HOUR_MS);
    run.purgeBegins(web);
    run.purged(web, 'younger');
    expect(run.adopted('web', 'web/')).toBe(0);
    run.wait(10 * 60_000);
    expect(run.adopted('web', 'web/')).toBeGreaterThan(web);
    expect(run.verdicts).toEqual([]);
  });

  it('a prefix that the caller chose is owned again when its fence has passed', () => {
    const run = new ReplayedRun();
    const first = run.create('web', 'web/');
    run.delete(first);
    run.wait(HOUR_MS);
    run.purgeBegins(first);
    run.deleteLands(first, 'a');
    run.purged(first);
    run.wait(10 * 60_000);
    const second = run.create('web', 'web/');
    run.delete(second);
    run.wait(HOUR_MS);
    run.purgeBegins(second);
    run.deleteLands(second, 'a');
    expect(run.verdicts).toEqual([]);
  });

  it('a session drains, another one expires and settles, and the purge begins', () => {
    const run = new ReplayedRun();
    const web = run.create('web');
    const drains = run.openSession();
    const dies = run.openSession();
    run.guardAdmits(drains, web);
    run.delete(web);
    run.wait(HOUR_MS);
    run.expire(dies);
    run.wait(120_000);
    run.expire(dies);
    run.drainBegins(web);
    const later = run.openSession();
    run.proposesBegin(web, { drained: [drains], behind: [later] });
    run.beginCommits(web);
    expect(run.verdicts).toEqual([]);
  });

  it('a session that covers earlier ones opens when the purge is on its way', () => {
    const run = new ReplayedRun();
    const web = run.create('web');
    run.delete(web);
    run.wait(HOUR_MS);
    run.drainBegins(web);
    run.proposesBegin(web);
    run.openSession({ coversEarlier: true });
    run.beginCommits(web);
    expect(run.verdicts).toEqual([]);
  });

  it('refusals and repetitions are no steps', () => {
    const run = new ReplayedRun();
    const web = run.create('web');
    run.create('web');
    run.delete(web);
    run.delete(web);
    run.drainBegins(web);
    run.wait(HOUR_MS);
    run.purgeBegins(web);
    run.purgeBegins(web);
    run.undelete(web);
    expect(run.verdicts).toEqual([]);
  });
});

describe('a catalog that breaks a rule', () => {
  it('C1: a prefix is owned twice', () => {
    const run = new ReplayedRun();
    run.delete(run.create('web', 'web/'));
    run.forge({ kind: 'create', name: 'shop', prefix: 'web/2/' });
    expect(run.verdicts).toEqual(['a life that is not PURGED owns its prefix']);
  });

  it('P11: a prefix is owned again before its fence has passed', () => {
    const run = new ReplayedRun();
    const web = run.create('web', 'web/');
    run.delete(web);
    run.wait(HOUR_MS);
    run.purgeBegins(web);
    run.purged(web);
    run.forge({ kind: 'create', name: 'web', prefix: 'web/' });
    expect(run.verdicts).toEqual(['reusable_after of its prefix has not passed']);
  });

  it('C2: undelete after beginDrain', () => {
    const run = new ReplayedRun();
    const web = run.create('web');
    run.delete(web);
    run.wait(HOUR_MS);
    run.drainBegins(web);
    run.forge({ kind: 'move', life: web, command: 'undelete', to: 'ACTIVE' });
    expect(run.verdicts).toEqual(['the life is DRAINING']);
  });

  it('C5: a drain begins before its deadline', () => {
    const run = new ReplayedRun();
    const web = run.create('web');
    run.delete(web);
    run.forge({ kind: 'move', life: web, command: 'beginDrain', to: 'DRAINING' });
    expect(run.verdicts).toEqual(['its grace period is not over']);
  });

  it('P3: a purge begins without a drain, or for another one', () => {
    const run = new ReplayedRun();
    const web = run.create('web');
    run.delete(web);
    run.wait(HOUR_MS);
    run.forge({ kind: 'move', life: web, command: 'beginPurge', to: 'PURGING' });
    run.drainBegins(web);
    const drain = run.drainOf(web) - 1;
    run.forge({ kind: 'move', life: web, command: 'beginPurge', to: 'PURGING', drain });
    run.forge({ kind: 'move', life: web, command: 'beginPurge', to: 'PURGING' });
    expect(run.verdicts).toEqual([
      'the life is DELETED',
      'its drain is another one than was drained',
      'no purger has proposed it',
    ]);
  });

  it('P3: a session goes before its uploads are past their deadline', () => {
    const run = new ReplayedRun();
    const session = run.openSession();
    run.expire(session);
    run.wait(30_000);
    run.forge({ kind: 'sessionGoes', session });
    expect(run.verdicts).toEqual([`session ${session}: its uploads are not past their deadline`]);
  });

  it('it ends in another state than the model', () => {
    const run = new ReplayedRun();
    const web = run.create('web');
    run.forge({ kind: 'move', life: web, command: 'markDeleted', to: 'PURGING' });
    expect(run.verdicts).toEqual(['the catalog has it PURGING, the model DELETED']);
  });
});

describe('a purger that breaks a rule', () => {
  /** PURGING, nothing deleted yet. */
  function purging(prefix = ''): { readonly run: ReplayedRun; readonly web: number } {
    const run = new ReplayedRun();
    const web = run.create('web', prefix);
    run.delete(web);
    run.wait(HOUR_MS);
    run.purgeBegins(web);
    return { run, web };
  }

  it.each(['DELETED', 'DRAINING'] as const)('P1: it deletes while the stream is %s there', (seen) => {
    const { run, web } = purging();
    run.sends(web, 'a', { seen });
    expect(run.verdicts).toEqual([`delete of web/${web}/a: the life is ${seen} here`]);
  });

  it('P2: it deletes without a quorum round trip', () => {
    const { run, web } = purging();
    run.sends(web, 'a', { isConfirmed: false });
    expect(run.verdicts).toEqual([`delete of web/${web}/a: no quorum round trip since it was prepared`]);
  });

  it('P3: it begins although a session has not drained', () => {
    const run = new ReplayedRun();
    const web = run.create('web');
    const session = run.openSession();
    run.delete(web);
    run.wait(HOUR_MS);
    run.purgeBegins(web, { behind: [session] });
    run.expire(session);
    expect(run.verdicts).toEqual(['a session has not drained the life']);
  });

  it('P3: it begins although it does not know a session that was open when the drain began', () => {
    const run = new ReplayedRun();
    const web = run.create('web');
    run.openSession({ coversEarlier: true });
    run.delete(web);
    run.wait(HOUR_MS);
    run.purgeBegins(web);
    expect(run.verdicts).toEqual(['a session has not drained the life']);
  });

  it('P3: it begins although a session covers earlier ones, and has not drained', () => {
    const run = new ReplayedRun();
    const web = run.create('web');
    run.delete(web);
    run.wait(HOUR_MS);
    run.drainBegins(web);
    const session = run.openSession({ coversEarlier: true });
    run.proposesBegin(web, { behind: [session] });
    run.beginCommits(web);
    expect(run.verdicts).toEqual(['a session has not drained the life']);
  });

  it('P3: it begins although a node has taken the stream up again', () => {
    const run = new ReplayedRun();
    const web = run.create('web');
    const session = run.openSession({ coversEarlier: true });
    run.delete(web);
    run.wait(HOUR_MS);
    run.purgeBegins(web, { drained: [session], isTakenUp: true });
    expect(run.verdicts).toEqual(['a node has taken the life up again']);
  });

  it('P3: it counts an expired session as drained', () => {
    const run = new ReplayedRun();
    const web = run.create('web');
    const session = run.openSession();
    run.delete(web);
    run.wait(HOUR_MS);
    run.expire(session);
    run.purgeBegins(web, { behind: [session] });
    expect(run.verdicts).toEqual(['a session has not drained the life']);
  });

  it('P4: it calls PURGED what no listing has shown empty', () => {
    const { run, web } = purging();
    run.purged(web, 'none');
    expect(run.verdicts).toEqual(['no empty listing since the last delete']);
  });

  it('P12: it deletes below a chosen prefix without a look at the metadata', () => {
    const { run, web } = purging('web/');
    run.sends(web, 'a', { isLookedAt: false });
    run.purged(web);
    run.sweepBegins(web);
    run.sends(web, 'b', { isLookedAt: false });
    const why = 'a new life may lie below its prefix';
    expect(run.verdicts).toEqual([`delete of web/a: ${why}`, `delete of web/b: ${why}`]);
    const own = purging();
    own.run.sends(own.web, 'a', { isLookedAt: false });
    expect(own.run.verdicts).toEqual([]);
  });

  it('P8: it sweeps a prefix that another life owns', () => {
    const { run, web } = purging('web/');
    run.purged(web);
    run.wait(10 * 60_000);
    run.create('web', 'web/');
    run.sends(web, 'a');
    expect(run.verdicts).toEqual(['delete of web/a: the life is ACTIVE here']);
  });

  it('P8, P11: it sweeps a reusable prefix without a fence', () => {
    const { run, web } = purging('web/');
    run.purged(web);
    run.wait(2 * HOUR_MS);
    run.sends(web, 'a');
    expect(run.verdicts).toEqual(['delete of web/a: the fence of its prefix ends before the request does']);
  });

  it('it deletes what belongs to nobody', () => {
    const { run } = purging();
    run.sendsKey('elsewhere/a');
    expect(run.verdicts).toEqual(['delete of elsewhere/a: it belongs to no life']);
  });
});

describe('a store and a client that break a rule', () => {
  it('P11: the store carries out a request that was sent for an earlier owner of the prefix', () => {
    const run = new ReplayedRun();
    const web = run.create('web', 'web/');
    run.delete(web);
    run.wait(HOUR_MS);
    run.purgeBegins(web);
    run.sends(web, 'a');
    run.purged(web);
    run.wait(10 * 60_000);
    run.lands('web/a');
    expect(run.verdicts).toEqual(['web/a goes, and reusable_after of its prefix has passed']);
  });

  it('an object goes that nobody asked for, and one of a living stream', () => {
    const run = new ReplayedRun();
    const web = run.create('web');
    run.lands(`web/${web}/a`);
    run.delete(web);
    run.wait(HOUR_MS);
    run.purgeBegins(web);
    run.lands(`web/${web}/b`);
    expect(run.verdicts).toEqual([
      `web/${web}/a of incarnation ${web} goes, which is ACTIVE`,
      `web/${web}/b goes, and no purger has sent a delete of it`,
    ]);
  });

  it('P3: guard lets an upload begin that it has to refuse', () => {
    const run = new ReplayedRun();
    const web = run.create('web');
    const before = run.lastIndex;
    const session = run.openSession();
    run.guardAdmits(session, web, before);
    run.delete(web);
    run.guardAdmits(session, web);
    run.expire(session);
    run.undelete(web);
    run.guardAdmits(session, web);
    expect(run.verdicts).toEqual([
      'the view has not reached the opening revision',
      'the stream is not ACTIVE as last seen',
      'the lease is not sure',
    ]);
  });
});
