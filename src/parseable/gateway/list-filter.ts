/** Parseable's list of streams, `[{"name": ...}, ...]`, without those that are dead. Pure. */

/** Undefined: the body is not such a list, and is to be passed on as it is. */
export function withoutDead(body: string, isDead: (name: string) => boolean): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (!Array.isArray(parsed)) return undefined;
  const left = (parsed as unknown[]).filter((item) => {
    const name = typeof item === 'object' && item !== null && 'name' in item ? item.name : undefined;
    return typeof name !== 'string' || !isDead(name);
  });
  return JSON.stringify(left);
}
