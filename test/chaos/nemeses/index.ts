/** Everything that can go wrong, by name. */
import type { Nemesis } from './arena.js';
import { diskFull } from './disk-full.js';
import { LINK_NEMESES } from './links.js';
import { PROCESS_NEMESES } from './processes.js';

export const NEMESES: readonly Nemesis[] = [...PROCESS_NEMESES, diskFull, ...LINK_NEMESES];
