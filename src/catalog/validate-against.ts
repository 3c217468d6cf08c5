/**
 * AIP-163: what apply would answer, without any effect. For `validate_only` calls, and for a proposer
 * that wants to refuse early; the answer that counts is the one at apply.
 */
import { execute } from './execute.js';
import { resultOf } from './outcome.js';
import { readMeta } from './queries.js';
import { invalidArgumentRefusal } from './refusals.js';
import type { CatalogReader, Command, CommandResult } from './types.js';
import { validateCommand } from './validate-command.js';

/**
 * `nowMs`: the wall clock; committed time where that is later. A new incarnation is 0, and so is what
 * derives from it. Applies the full rule for names, as before a proposal.
 */
export function validateAgainst(reader: CatalogReader, command: Command, nowMs: number): CommandResult {
  const violations = validateCommand(command);
  if (violations.length > 0) return { ok: false, refusal: invalidArgumentRefusal(violations) };
  const committedTimeMs = readMeta(reader).committedTimeMs;
  return resultOf(execute({ reader, index: 0, nowMs: Math.max(nowMs, committedTimeMs) }, command));
}
