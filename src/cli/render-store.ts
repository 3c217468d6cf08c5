/** The object store, and what purging asks of it, in one line each. */
import type { ObjectStoreStatus, StoreLoad } from '../client/index.js';
import { formatDuration } from './duration.js';
import { clockText } from './render-links.js';

export function storeText(store: ObjectStoreStatus): string {
  if (!store.ready) return `${store.description} (not ready: ${store.problem})`;
  if (store.probeTimeMs === undefined) return store.description;
  const can = [
    store.versioned ? 'versioned' : 'no versions',
    store.enforcesExpiry ? 'refuses expired requests' : 'takes expired requests',
    store.conditionalDelete ? 'conditional deletes' : 'no conditional deletes',
    `batches of ${store.deleteBatchLimit}`,
    ...(store.clock === undefined ? [] : [`clock ${clockText(store.clock)}`]),
  ];
  return `${store.description} (${can.join(', ')})`;
}

export function storeLoadText(load: StoreLoad): string {
  const parts = [
    `${load.requestsInFlight} at once (now up to ${load.concurrencyLimit}, at most ${load.concurrencyMax})`,
    `${load.requestsPerSecond.toFixed(1)}/s${load.requestsPerSecondMax > 0 ? ` (at most ${load.requestsPerSecondMax}/s)` : ''}`,
  ];
  if (load.requestsWaiting > 0) parts.push(`${load.requestsWaiting} waiting`);
  if (load.throttledTotal > 0) parts.push(`told to slow down ${load.throttledTotal} times`);
  if (load.quietMs !== undefined) parts.push(`quiet for ${formatDuration(load.quietMs)}`);
  return parts.join(', ');
}
