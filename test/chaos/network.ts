/**
 * The network between the nodes, and between the clients and the nodes, as something that can be broken.
 * Two implementations: proxies in this process, everywhere; real interfaces in network namespaces, where
 * the system allows it.
 */

/** 0 is this process with all its clients; nodes are named by their slot, from 1. */
export type Party = number;
export const CLIENTS: Party = 0;

export type LinkRule =
  | { readonly kind: 'open' }
  /** Everything is lost, silently, for as long as it lasts. */
  | { readonly kind: 'lost' }
  /** Connections break, and new ones are refused. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'slow'; readonly delayMs: number };

export const OPEN: LinkRule = { kind: 'open' };

export interface Network {
  readonly description: string;
  /** Whether one direction between two parties can be broken while the other goes on. */
  readonly cutsOneWay: boolean;
  /** Why no link can be made slow; undefined: it can. */
  readonly whyNotSlow?: string | undefined;
  /** Where others reach the node in a slot: what it advertises. */
  addressOf(slot: Party): string;
  /** Where the node in a slot listens. */
  listenAddressOf(slot: Party): string;
  /** The command line that runs a program as that node. */
  commandOf(slot: Party, program: readonly string[]): readonly string[];
  /** `pid` is that node's process from now on; undefined: it has ended. */
  processOf(slot: Party, pid: number | undefined): void;
  /** What `from` sends on connections that it opened to `to`, or by itself, and what comes back on them. */
  setLink(from: Party, to: Party, rule: LinkRule): Promise<void>;
  /** Every link is open again. */
  heal(): Promise<void>;
  close(): Promise<void>;
  /** What a process that ends at once still has to remove. */
  closeNow(): void;
}
