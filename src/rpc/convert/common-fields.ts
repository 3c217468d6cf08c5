/** The fields that many requests share: tenants, pages, consistency, states. */
import type { Consistency as WireConsistency } from '../../generated/sexton/v1/Consistency.js';
import { namePrefixViolations, tenantViolations } from '../../catalog/names.js';
import { STREAM_STATES, type StreamState } from '../../catalog/types.js';
import type { Consistency } from '../../node/node-api.js';
import type { Checks } from './checks.js';
import { WIRE_STATE } from './stream.js';

const PAGE_SIZE_DEFAULT = 100;
const PAGE_SIZE_MAX = 1000;

export function pageSizeOf(pageSize: number, checks: Checks): number {
  if (pageSize < 0) checks.add('page_size', `must not be negative; 0 means ${PAGE_SIZE_DEFAULT}`);
  return pageSize === 0 ? PAGE_SIZE_DEFAULT : Math.min(pageSize, PAGE_SIZE_MAX);
}

/** A value that this version does not know arrives as its number. */
export function consistencyOf(consistency: WireConsistency, checks: Checks): Consistency {
  if (consistency === 'CONSISTENCY_LOCAL') return 'local';
  if (consistency !== 'CONSISTENCY_UNSPECIFIED' && consistency !== 'CONSISTENCY_LINEARIZABLE') {
    checks.add('consistency', `has the unknown value ${String(consistency)}`);
  }
  return 'linearizable';
}

/** Undefined: every tenant. */
export function tenantFilterOf(
  request: { readonly tenant: string; readonly allTenants: boolean },
  checks: Checks,
): string | undefined {
  if (request.allTenants) {
    if (request.tenant !== '') checks.add('tenant', 'must be empty together with all_tenants');
    return undefined;
  }
  checks.addAll(tenantViolations(request.tenant));
  return request.tenant;
}

export function namePrefixOf(namePrefix: string, checks: Checks): string {
  checks.addAll(namePrefixViolations(namePrefix));
  return namePrefix;
}

/** The states to list. Empty: all of them. */
export function statesOf(
  request: { readonly states: readonly (string | number)[]; readonly showDeleted: boolean },
  checks: Checks,
): readonly StreamState[] {
  if (request.states.length === 0) return request.showDeleted ? [] : ['ACTIVE'];
  const states = new Set<StreamState>();
  request.states.forEach((wire, at) => {
    const state = STREAM_STATES.find((each) => WIRE_STATE[each] === wire);
    if (state === undefined) checks.add(`states[${at}]`, `has the unknown value ${wire}`);
    else states.add(state);
  });
  return [...states].sort();
}

/** A 64-bit field as a safe integer; what is beyond came rounded, and is refused. */
export function safeInteger(value: number, field: string, checks: Checks): number {
  if (!Number.isSafeInteger(value) || value < 0) checks.add(field, 'must be below 2^53');
  return value;
}
