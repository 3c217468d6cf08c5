/** Every known bug that the simulator has to find. README.md has what each was caught by. */
import { CATALOG_MUTANTS } from './catalog-mutants.js';
import type { Mutant } from './mutant.js';
import { NODE_MUTANTS } from './node-mutants.js';
import { PARSEABLE_MUTANTS } from './parseable-mutants.js';
import { PURGE_MUTANTS } from './purge-mutants.js';
import { RAFT_MUTANTS } from './raft-mutants.js';
import { SESSION_MUTANTS } from './session-mutants.js';
import { STORAGE_MUTANTS } from './storage-mutants.js';

export const MUTANTS: readonly Mutant[] = [
  ...RAFT_MUTANTS,
  ...NODE_MUTANTS,
  ...STORAGE_MUTANTS,
  ...CATALOG_MUTANTS,
  ...PURGE_MUTANTS,
  ...SESSION_MUTANTS,
  ...PARSEABLE_MUTANTS,
];
