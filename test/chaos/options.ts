/** The flags of `npm run test:chaos`. */
import { parseArgs } from 'node:util';

export interface ChaosOptions {
  /** For nemeses, of all networks together; starting, settling and checking come on top. */
  readonly seconds: number;
  readonly nodes: number;
  readonly seed: number;
  /** Names of nemeses; empty = all. */
  readonly only: readonly string[];
  readonly networks: readonly NetworkKind[];
  readonly keep: boolean;
  readonly help: boolean;
}

export const NETWORKS = ['proxies', 'namespaces'] as const;
export type NetworkKind = (typeof NETWORKS)[number];

export const USAGE = `npm run test:chaos -- [flags]

  --seconds N       how long nemeses strike, over all networks (default 150)
  --nodes N         3 to 5 members (default 3)
  --seed N          which nemeses strike when, and what clients ask (default: random, printed)
  --only a,b        only these nemeses
  --network a,b     proxies, namespaces (default: both, namespaces where root and ip allow)
  --keep            keep the directory of a run that succeeds, too

Exit status 0: everything held. 1: something did not; the directory is kept and named. 2: bad flags.`;

/** Throws an Error that names the flag. */
export function parseOptions(args: readonly string[]): ChaosOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string', default: '150' },
      nodes: { type: 'string', default: '3' },
      seed: { type: 'string' },
      only: { type: 'string', default: '' },
      network: { type: 'string', default: NETWORKS.join(',') },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    seconds: whole('--seconds', values.seconds, 1, 86_400),
    nodes: whole('--nodes', values.nodes, 3, 5),
    seed:
      values.seed === undefined
        ? Math.floor(Math.random() * 2 ** 31)
        : whole('--seed', values.seed, 0, 2 ** 32 - 1),
    only: list(values.only),
    networks: list(values.network).map(network),
    keep: values.keep,
    help: values.help,
  };
}

function whole(flag: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new Error(`${flag}: '${text}' is not a whole number from ${min} to ${max}`);
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

function network(text: string): NetworkKind {
  const known = NETWORKS.find((each) => each === text);
  if (known === undefined) throw new Error(`--network: '${text}' is none of ${NETWORKS.join(', ')}`);
  return known;
}
