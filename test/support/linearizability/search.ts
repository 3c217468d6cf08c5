/**
 * The search for a linearization: Wing and Gong's algorithm (1993) with Lowe's improvements (2017).
 *
 * - The calls and returns that are still to be placed are a doubly linked list. An operation can be next
 *   when its call stands before the first return in the list; placing it unlinks both its entries, going back
 *   links them again, both in constant time.
 * - A configuration, that is the set of placed operations and the state they lead to, is visited once. The set
 *   is kept as the first operation not placed and a bit for each later one, so that its size follows the
 *   overlap and not the length of the history. Keys are exact: no collision of hashes can hide a violation.
 * - Operations of unknown outcome have no return. They are tried last, and of several with the same input only
 *   the one called first: they could be swapped in any order that uses another.
 *
 * Depth first, without recursion: histories are longer than the engine's stack.
 */
import type { Model, Operation } from './types.js';

/** Where a search got furthest: an order of as many operations as possible, and what cannot follow it. */
export interface DeadEnd<State, Input, Output> {
  readonly order: readonly Operation<Input, Output>[];
  readonly state: State;
  /** Operations that would have to be next; none is possible in `state`. */
  readonly stuck: readonly Operation<Input, Output>[];
}

export type SearchResult<State, Input, Output> =
  | {
      readonly kind: 'found';
      readonly order: readonly Operation<Input, Output>[];
      readonly state: State;
      readonly explored: number;
    }
  | { readonly kind: 'none'; readonly deadEnd: DeadEnd<State, Input, Output>; readonly explored: number }
  | { readonly kind: 'undecided'; readonly explored: number };

/** A call or a return that is still to be placed. */
interface Entry {
  readonly operation: number;
  readonly isCall: boolean;
  readonly at: number;
  previous: Entry | undefined;
  next: Entry | undefined;
}

interface Move<State> {
  /** A place in `known`, or -1. */
  readonly known: number;
  /** A place in `unknown`, when `known` is -1. */
  readonly unknown: number;
  readonly state: State;
}

/** A configuration on the way from the first one. The chain outlives the search's steps back. */
interface Frame<State> {
  readonly parent: Frame<State> | undefined;
  /** How this configuration was reached; undefined for the first. */
  readonly via: Move<State> | undefined;
  readonly moves: readonly Move<State>[];
  tried: number;
}

export function search<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  maxStates: number,
): SearchResult<State, Input, Output> {
  const board = new Board(operations);
  if (board.isDone) return { kind: 'found', order: [], state: model.initial, explored: 0 };
  const seen = new Set<string>();
  let frame: Frame<State> | undefined = {
    parent: undefined,
    via: undefined,
    moves: board.moves(model, model.initial),
    tried: 0,
  };
  let deepest = frame;
  let deepestPlaced = 0;

  while (frame !== undefined) {
    const move: Move<State> | undefined = frame.moves[frame.tried++];
    if (move === undefined) {
      if (frame.via !== undefined) board.undo(frame.via);
      frame = frame.parent;
      continue;
    }
    board.apply(move);
    const key = `${board.key()}|${model.key(move.state)}`;
    if (seen.has(key)) {
      board.undo(move);
      continue;
    }
    if (seen.size >= maxStates) return { kind: 'undecided', explored: seen.size };
    seen.add(key);
    const moves = board.isDone ? [] : board.moves(model, move.state);
    frame = { parent: frame, via: move, moves, tried: 0 };
    if (board.isDone) {
      return {
        kind: 'found',
        order: replay(operations, frame).order,
        state: move.state,
        explored: seen.size,
      };
    }
    if (board.placed > deepestPlaced) {
      deepestPlaced = board.placed;
      deepest = frame;
    }
  }
  const { order, stuck } = replay(operations, deepest);
  const state = deepest.via?.state ?? model.initial;
  return { kind: 'none', deadEnd: { order, state, stuck }, explored: seen.size };
}

/** The way to a configuration, and what may be next there by the positions alone. */
function replay<State, Input, Output>(
  operations: readonly Operation<Input, Output>[],
  frame: Frame<State>,
): { readonly order: Operation<Input, Output>[]; readonly stuck: Operation<Input, Output>[] } {
  const moves: Move<State>[] = [];
  for (let each: Frame<State> | undefined = frame; each?.via !== undefined; each = each.parent) {
    moves.push(each.via);
  }
  const board = new Board(operations);
  const order = moves.reverse().map((move) => {
    board.apply(move);
    return board.operationOf(move);
  });
  return { order, stuck: board.candidates() };
}

/** Which operations are placed, and which may be next. */
class Board<Input, Output> {
  /** With an answer, by the position of their call. */
  readonly #known: readonly Operation<Input, Output>[];
  /** The place in `known` of the operation that has to come earlier, or -1. */
  readonly #earlier: readonly number[];
  readonly #calls: readonly Entry[];
  readonly #returns: readonly Entry[];
  /** Without an answer: one list for each input, by the position of their call. */
  readonly #unknown: readonly (readonly Operation<Input, Output>[])[];
  readonly #unknownUsed: number[];
  readonly #done: Uint8Array;
  #head: Entry | undefined;
  #placed = 0;
  /** The first operation that is not placed. */
  #low = 0;
  /** One past the last operation that ever was placed. */
  #high = 0;

  constructor(operations: readonly Operation<Input, Output>[]) {
    const byCall = [...operations].sort((a, b) => a.callAt - b.callAt);
    this.#known = byCall.filter(({ output }) => output !== undefined);
    const placeOf = new Map(this.#known.map((operation, at) => [operation, at]));
    this.#earlier = this.#known.map(({ after }) => (after === undefined ? -1 : (placeOf.get(after) ?? -1)));
    this.#done = new Uint8Array(this.#known.length);

    const classes = new Map<string, Operation<Input, Output>[]>();
    for (const operation of byCall) {
      if (operation.output !== undefined) continue;
      const input = JSON.stringify(operation.input);
      const others = classes.get(input);
      if (others === undefined) classes.set(input, [operation]);
      else others.push(operation);
    }
    this.#unknown = [...classes.values()];
    this.#unknownUsed = this.#unknown.map(() => 0);

    const entry = (operation: number, isCall: boolean, at: number): Entry => ({
      operation,
      isCall,
      at,
      previous: undefined,
      next: undefined,
    });
    this.#calls = this.#known.map(({ callAt }, at) => entry(at, true, callAt));
    this.#returns = this.#known.map(({ callAt, returnAt }, at) =>
      entry(at, false, Math.max(callAt, returnAt)),
    );
    // At one position calls stand before returns: what touches overlaps.
    const entries = [...this.#calls, ...this.#returns].sort(
      (a, b) => a.at - b.at || Number(b.isCall) - Number(a.isCall),
    );
    entries.forEach((each, at) => {
      each.previous = entries[at - 1];
      each.next = entries[at + 1];
    });
    this.#head = entries[0];
  }

  get isDone(): boolean {
    return this.#placed === this.#known.length;
  }

  get placed(): number {
    return this.#placed;
  }

  operationOf({ known, unknown }: Move<unknown>): Operation<Input, Output> {
    const operation =
      known >= 0 ? this.#known[known] : this.#unknown[unknown]?.[(this.#unknownUsed[unknown] ?? 0) - 1];
    if (operation === undefined) throw new Error('a move without an operation');
    return operation;
  }

  /** The operations with an answer that may be next by their positions alone. */
  candidates(): Operation<Input, Output>[] {
    return this.#candidates().flatMap((at) => this.#known[at] ?? []);
  }

  moves<State>(model: Model<State, Input, Output>, state: State): Move<State>[] {
    const moves: Move<State>[] = [];
    for (const at of this.#candidates()) {
      const operation = this.#known[at];
      if (operation === undefined) continue;
      for (const next of model.step(state, operation.input, operation.output)) {
        moves.push({ known: at, unknown: -1, state: next });
      }
    }
    const firstReturnAt = this.#firstReturnAt();
    this.#unknown.forEach((operations, unknown) => {
      const operation = operations[this.#unknownUsed[unknown] ?? 0];
      if (operation === undefined || operation.callAt > firstReturnAt) return;
      for (const next of model.step(state, operation.input, undefined)) {
        moves.push({ known: -1, unknown, state: next });
      }
    });
    return moves;
  }

  apply({ known, unknown }: Move<unknown>): void {
    if (known < 0) {
      this.#unknownUsed[unknown] = (this.#unknownUsed[unknown] ?? 0) + 1;
      return;
    }
    this.#unlink(this.#calls[known]);
    this.#unlink(this.#returns[known]);
    this.#done[known] = 1;
    this.#placed++;
    while (this.#done[this.#low] === 1) this.#low++;
    this.#high = Math.max(this.#high, known + 1);
  }

  undo({ known, unknown }: Move<unknown>): void {
    if (known < 0) {
      this.#unknownUsed[unknown] = (this.#unknownUsed[unknown] ?? 0) - 1;
      return;
    }
    this.#relink(this.#returns[known]);
    this.#relink(this.#calls[known]);
    this.#done[known] = 0;
    this.#placed--;
    this.#low = Math.min(this.#low, known);
  }

  /** The set of placed operations, in few characters. */
  key(): string {
    let high = this.#high;
    while (high > this.#low && this.#done[high - 1] !== 1) high--;
    let bits = '';
    for (let at = this.#low; at < high; at += 16) {
      let unit = 0;
      for (let bit = 0; bit < 16 && at + bit < high; bit++) unit |= (this.#done[at + bit] ?? 0) << bit;
      bits += `${unit.toString(36)}.`;
    }
    return `${this.#low}:${bits}:${this.#unknownUsed.join('.')}`;
  }

  #candidates(): number[] {
    const candidates: number[] = [];
    for (let entry = this.#head; entry?.isCall === true; entry = entry.next) {
      const earlier = this.#earlier[entry.operation] ?? -1;
      if (earlier < 0 || this.#done[earlier] === 1) candidates.push(entry.operation);
    }
    return candidates;
  }

  #firstReturnAt(): number {
    for (let entry = this.#head; entry !== undefined; entry = entry.next) {
      if (!entry.isCall) return entry.at;
    }
    return Infinity;
  }

  #unlink(entry: Entry | undefined): void {
    if (entry === undefined) return;
    if (entry.previous === undefined) this.#head = entry.next;
    else entry.previous.next = entry.next;
    if (entry.next !== undefined) entry.next.previous = entry.previous;
  }

  /** In the reverse order of unlinking: an entry's neighbours are then the ones it left. */
  #relink(entry: Entry | undefined): void {
    if (entry === undefined) return;
    if (entry.previous === undefined) this.#head = entry;
    else entry.previous.next = entry;
    if (entry.next !== undefined) entry.next.previous = entry;
  }
}
