/** Everything that can go wrong, by name. */
import type { Nemesis } from './arena.js';
import { DAMAGE_NEMESES } from './damage.js';
import { diskFull } from './disk-full.js';
import { LINK_NEMESES } from './links.js';
import { members } from './members.js';
import { PROCESS_NEMESES } from './processes.js';

export const NEMESES: readonly Nemesis[] = [
  ...PROCESS_NEMESES,
  diskFull,
  ...DAMAGE_NEMESES,
  members,
  ...LINK_NEMESES,
];
