/** Why a listener did not come up, as what an operator can act on. */
import { FatalError } from '../shared/fatal.js';

/** `what`: `gRPC` or `HTTP`; `flag`: where the address was set. */
export function bindError(what: string, flag: string, address: string, cause: unknown): FatalError {
  const text = cause instanceof Error ? cause.message : String(cause);
  if (text.includes('EADDRINUSE')) {
    return new FatalError(
      'PORT_IN_USE',
      `cannot listen for ${what} on ${address}: another program uses this port. Stop it, or choose another address with ${flag}`,
      { cause },
    );
  }
  return new FatalError('CONFIG', `cannot listen for ${what} on ${address} (${flag}): ${text}`, { cause });
}
