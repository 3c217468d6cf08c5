/** Whether a folder below the root is a tenant's: by Parseable's own marker, or by what its folders look like. */
import { isTenantName, lastSegment, ownerByLooks, TENANT_MARKER } from './layout.js';
import type { Lister } from './lister.js';

/** How much of a folder is looked at: one page. */
const LOOK_KEYS = 1_000;

export async function isTenant(lister: Lister, prefix: string): Promise<boolean> {
  if (!isTenantName(lastSegment(prefix))) return false;
  const key = prefix + TENANT_MARKER;
  return (await lister.peek(key, 10)).some((object) => object.key === key && object.current);
}

/** A tenant that neither Parseable nor the catalog knows any more still has streams' prefixes in it. */
export async function looksLikeTenant(lister: Lister, prefix: string): Promise<boolean> {
  const tenant = lastSegment(prefix);
  if (!isTenantName(tenant)) return false;
  return (await lister.peek(prefix, LOOK_KEYS)).some(({ key }) => ownerByLooks(key)?.tenant === tenant);
}
