/**
 * One streaming call of a simulated client: what it says reaches the production handler in order, what the handler
 * writes comes back in order, and a cut, a dead process or either side's change of mind ends it for both. To
 * the handler it looks like grpc-js's server call.
 */
import { EventEmitter } from 'node:events';
import type { Metadata } from '@grpc/grpc-js';
import type { CallStatus } from '../../src/rpc/status.js';
import type { Listener } from './client-transport.js';
import type { Network } from './network.js';

export interface StreamingCallDeps {
  readonly network: Network;
  /** The client's. */
  readonly host: string;
  readonly listener: Listener;
  readonly metadata: Metadata;
  readonly onMessage: (response: unknown) => void;
  /** Once: refused with a status, ended in order (undefined), or broken. */
  readonly onEnd: (how: CallStatus | 'ended' | 'broken') => void;
}

/** Numbered deliveries over a wire that keeps no order, handed over in order. */
class OrderedPipe {
  #sent = 0;
  #next = 0;
  readonly #early = new Map<number, () => void>();
  readonly #carry: (arrive: () => void) => void;

  constructor(carry: (arrive: () => void) => void) {
    this.#carry = carry;
  }

  send(deliver: () => void): void {
    const number = this.#sent++;
    this.#carry(() => {
      this.#early.set(number, deliver);
      for (let next = this.#early.get(this.#next); next !== undefined; next = this.#early.get(this.#next)) {
        this.#early.delete(this.#next++);
        next();
      }
    });
  }
}

/** Both ends of one call. */
export class StreamingCall {
  readonly server: ServerCall;
  readonly #deps: StreamingCallDeps;
  readonly #toServer: OrderedPipe;
  readonly #toClient: OrderedPipe;
  readonly #forget: () => void;
  #isOver = false;

  constructor(deps: StreamingCallDeps, request: unknown) {
    this.#deps = deps;
    const { network, host, listener } = deps;
    this.#toServer = new OrderedPipe((arrive) =>
      network.reliable(
        host,
        listener.host,
        () => listener.scope.enter(arrive),
        () => this.#break(),
      ),
    );
    this.#toClient = new OrderedPipe((arrive) =>
      network.reliable(listener.host, host, arrive, () => this.#break()),
    );
    this.#forget = listener.onDeath(() => this.#over('broken'));
    this.server = new ServerCall(deps.metadata, request, {
      // A stopped process (SIGSTOP) says nothing until it goes on; a dead one says nothing more.
      write: (response) => listener.scope.enter(() => this.#toClient.send(() => this.#hear(response))),
      end: (how) => listener.scope.enter(() => this.#toClient.send(() => this.#over(how))),
    });
  }

  /** The client says something. */
  send(request: unknown): void {
    if (!this.#isOver) this.#toServer.send(() => this.server.arrived(request));
  }

  /** The client gives it up. */
  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#forget();
    this.#tellServer();
  }

  #hear(response: unknown): void {
    if (!this.#isOver) this.#deps.onMessage(response);
  }

  /** A connection that breaks is noticed at both ends. */
  #break(): void {
    if (this.#isOver) return;
    this.#over('broken');
    this.#tellServer();
  }

  #over(how: CallStatus | 'ended' | 'broken'): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#forget();
    this.#deps.onEnd(how);
  }

  #tellServer(): void {
    this.#deps.listener.scope.enter(() => this.server.cancel());
  }
}

interface ServerSide {
  readonly write: (response: unknown) => void;
  readonly end: (how: CallStatus | 'ended') => void;
}

/** As much of grpc-js's ServerWritableStream and ServerDuplexStream as the handlers use. */
class ServerCall extends EventEmitter {
  readonly metadata: Metadata;
  readonly request: unknown;
  cancelled = false;
  readonly #side: ServerSide;
  #paused = false;
  #waiting: unknown[] = [];

  constructor(metadata: Metadata, request: unknown, side: ServerSide) {
    super();
    this.metadata = metadata;
    this.request = { ok: true, request };
    this.#side = side;
  }

  getDeadline(): number {
    return Infinity;
  }

  write(response: unknown): boolean {
    if (!this.cancelled) this.#side.write(response);
    return true;
  }

  end(): void {
    this.#side.end('ended');
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const request of waiting) this.arrived(request);
  }

  arrived(request: unknown): void {
    if (this.#paused) this.#waiting.push(request);
    else this.emit('data', { ok: true, request });
  }

  cancel(): void {
    if (this.cancelled) return;
    this.cancelled = true;
    this.emit('cancelled');
  }

  /** A handler ends its call with a status by emitting it, as with grpc-js. */
  override emit(event: string, ...values: unknown[]): boolean {
    if (event !== 'error') return super.emit(event, ...values);
    this.#side.end(values[0] as CallStatus);
    return true;
  }
}
