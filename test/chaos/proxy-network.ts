/**
 * A network of proxies: every node advertises a port of this process, which forwards to the port on which the
 * node listens. Who calls is told by the kernel (`connection-owner.ts`), so that each direction of each pair
 * is a link of its own. On a system without /proc only whole nodes can be cut off.
 */
import { existsSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { freePorts } from '../../src/demo/local-cluster.js';
import { ownerOf } from './connection-owner.js';
import { CLIENTS, OPEN, type LinkRule, type Network, type Party } from './network.js';
import { ProxiedConnection } from './proxied-connection.js';

const HOST = '127.0.0.1';
/** A caller that the kernel does not name. */
const ANYBODY: Party = -1;

interface Door {
  readonly server: Server;
  readonly port: number;
  readonly targetPort: number;
}

interface Open {
  readonly from: Party;
  readonly to: Party;
  readonly connection: ProxiedConnection;
}

export class ProxyNetwork implements Network {
  readonly description = 'proxies on loopback';
  readonly cutsOneWay = existsSync('/proc/net/tcp');
  readonly #doors: readonly Door[];
  readonly #pids = new Map<Party, number>([[CLIENTS, process.pid]]);
  readonly #rules = new Map<string, LinkRule>();
  readonly #open = new Set<Open>();
  /** Accepted and not forwarded: calls over a link on which everything is lost. */
  readonly #lost = new Set<{ readonly from: Party; readonly to: Party; readonly caller: Socket }>();

  private constructor(doors: readonly Door[]) {
    this.#doors = doors;
  }

  static async create(slots: number): Promise<ProxyNetwork> {
    const targets = await freePorts(HOST, slots);
    const network: { current: ProxyNetwork | undefined } = { current: undefined };
    const doors: Door[] = [];
    for (const [at, targetPort] of targets.entries()) {
      const server = createServer((caller) => network.current?.accept(caller, at + 1));
      await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
      doors.push({ server, port: (server.address() as AddressInfo).port, targetPort });
    }
    network.current = new ProxyNetwork(doors);
    return network.current;
  }

  addressOf(slot: Party): string {
    return `${HOST}:${this.#door(slot).port}`;
  }

  listenAddressOf(slot: Party): string {
    return `${HOST}:${this.#door(slot).targetPort}`;
  }

  commandOf(_slot: Party, program: readonly string[]): readonly string[] {
    return program;
  }

  processOf(slot: Party, pid: number | undefined): void {
    if (pid === undefined) this.#pids.delete(slot);
    else this.#pids.set(slot, pid);
  }

  setLink(from: Party, to: Party, rule: LinkRule): Promise<void> {
    this.#rules.set(`${from}>${to}`, rule);
    for (const open of [...this.#open]) {
      if (open.from === from && open.to === to) open.connection.apply(rule);
    }
    if (rule.kind !== 'lost') {
      for (const waiting of [...this.#lost]) {
        if (waiting.from !== from || waiting.to !== to) continue;
        this.#lost.delete(waiting);
        waiting.caller.destroy();
      }
    }
    return Promise.resolve();
  }

  async heal(): Promise<void> {
    for (const link of [...this.#rules.keys()]) {
      const [from, to] = link.split('>').map(Number);
      await this.setLink(from ?? ANYBODY, to ?? ANYBODY, OPEN);
    }
    this.#rules.clear();
  }

  async close(): Promise<void> {
    for (const { connection } of [...this.#open]) connection.destroy();
    for (const { caller } of this.#lost) caller.destroy();
    await Promise.all(this.#doors.map(({ server }) => new Promise((resolve) => server.close(resolve))));
  }

  closeNow(): void {
    // Sockets end with the process.
  }

  accept(caller: Socket, to: Party): void {
    caller.on('error', () => undefined);
    const from = this.#callerOf(caller, to);
    const rule = this.#rules.get(`${from}>${to}`) ?? OPEN;
    if (rule.kind === 'refused') {
      caller.destroy();
      return;
    }
    if (rule.kind === 'lost') {
      const waiting = { from, to, caller };
      this.#lost.add(waiting);
      caller.once('close', () => this.#lost.delete(waiting));
      return;
    }
    const target = connect(this.#door(to).targetPort, HOST);
    const open: Open = {
      from,
      to,
      connection: new ProxiedConnection(caller, target, rule, () => this.#open.delete(open)),
    };
    this.#open.add(open);
  }

  #callerOf(caller: Socket, to: Party): Party {
    if (!this.cutsOneWay || caller.remotePort === undefined) return ANYBODY;
    const pids = [...this.#pids.values()];
    const pid = ownerOf(caller.remotePort, this.#door(to).port, pids);
    for (const [party, each] of this.#pids) if (each === pid) return party;
    return ANYBODY;
  }

  #door(slot: Party): Door {
    const door = this.#doors[slot - 1];
    if (door === undefined) throw new Error(`there is no slot ${slot}`);
    return door;
  }
}
