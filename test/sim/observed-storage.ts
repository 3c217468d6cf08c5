/**
 * Puts the observer between a node and its storage: the calls go through unchanged, and what they say is
 * written down before and after.
 */
import { readSummary } from '../../src/catalog/queries.js';
import type { NodeStorage, SnapshotInstall } from '../../src/storage/node-storage.js';
import type { Machine } from './machine.js';
import type { Checks } from './observer.js';

/** Changes `storage` in place. */
export function observeStorage(storage: NodeStorage, machine: Machine, checks: Required<Checks>): void {
  const appendLog = storage.appendLog.bind(storage);
  storage.appendLog = async (batch) => {
    machine.written.write(batch);
    checks.written(machine, batch);
    await appendLog(batch);
    machine.durable.write(batch);
    checks.persisted(machine, batch);
  };

  const applyBatch = storage.applyBatch.bind(storage);
  storage.applyBatch = async (index, writes) => {
    await applyBatch(index, writes);
    checks.applied(machine, index, readSummary(storage.catalog).digest);
  };

  const compactLog = storage.compactLog.bind(storage);
  storage.compactLog = async (upTo) => {
    await compactLog(upTo);
    const { index, term } = storage.log.start;
    machine.written.compact(index, term);
    machine.durable.compact(index, term);
  };

  // A directory that was opened again may hold one that the process before had begun.
  const { unfinishedInstall } = storage;
  if (unfinishedInstall !== undefined) observeInstall(unfinishedInstall, storage, machine, checks);
  const beginSnapshotInstall = storage.beginSnapshotInstall.bind(storage);
  storage.beginSnapshotInstall = async (header, ...rest) => {
    const install = await beginSnapshotInstall(header, ...rest);
    observeInstall(install, storage, machine, checks);
    return install;
  };
}

/** Changes `install` in place. */
function observeInstall(
  install: SnapshotInstall,
  storage: NodeStorage,
  machine: Machine,
  checks: Required<Checks>,
): void {
  const commit = install.commit.bind(install);
  install.commit = async () => {
    // The swap may have happened although its end was never heard of: it is written from here on.
    await commit();
    const { index, term } = install.header.meta;
    machine.written.reset(index, term);
    machine.durable.reset(index, term);
    checks.applied(machine, index, readSummary(storage.catalog).digest);
  };
}
