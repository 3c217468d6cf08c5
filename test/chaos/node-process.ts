/** One member as a real process: `sexton serve` on a directory of its own, in a slot of the network. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import type { Network, Party } from './network.js';

export interface Exit {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface NodeSetup {
  readonly slot: Party;
  readonly network: Network;
  readonly dataDirectory: string;
  /** Standard output goes to `<logBase>.log`, what the program says as it ends to `<logBase>.err`. */
  readonly logBase: string;
  /** `--members` of the first start. */
  readonly members: string;
  /** Of `serve`, without what is this member's own. */
  readonly serveArguments: readonly string[];
  /** Runs the program: `node dist/cli/main.js`. */
  readonly program: readonly string[];
  /** An end that nobody asked for. */
  readonly died: (node: NodeProcess, exit: Exit) => void;
}

/** How long an orderly stop may take before the process is killed. */
const STOP_TIMEOUT_MS = 20_000;

export class NodeProcess {
  readonly setup: NodeSetup;
  memberId: number;
  /** An end is part of the plan: a full disk, a damaged directory. */
  mayDie = false;
  #join = false;
  #members: string;
  #child: ChildProcess | undefined;
  #exited: Promise<Exit> = Promise.resolve({ status: null, signal: null });
  #isPaused = false;

  constructor(setup: NodeSetup, memberId: number) {
    this.setup = setup;
    this.memberId = memberId;
    this.#members = setup.members;
  }

  get slot(): Party {
    return this.setup.slot;
  }

  get address(): string {
    return this.setup.network.addressOf(this.slot);
  }

  /** For looking at the node whatever is done to its links. */
  get directAddress(): string {
    return this.setup.network.listenAddressOf(this.slot);
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Resolves when the process that runs now has ended. */
  get exited(): Promise<Exit> {
    return this.#exited;
  }

  /** What the last process said on standard error. */
  get lastWords(): string {
    return readFileSync(`${this.setup.logBase}.err`, 'utf8');
  }

  /** From the next start on it is another member, which joins. `members`: as they are now; default: as ever. */
  becomeMember(memberId: number, members = this.#members): void {
    this.memberId = memberId;
    this.#join = true;
    this.#members = members;
  }

  start(): void {
    if (this.#child !== undefined) return;
    const { setup } = this;
    const [command = '', ...args] = setup.network.commandOf(this.slot, [
      ...setup.program,
      'serve',
      `--member-id=${this.memberId}`,
      `--data-dir=${setup.dataDirectory}`,
      `--listen=${this.directAddress}`,
      `--advertise=${this.address}`,
      `--members=${this.#members}`,
      ...(this.#join ? ['--join'] : []),
      ...setup.serveArguments,
    ]);
    // Files and not pipes: a node does not wait for this process, and outlives its hiccups.
    const out = openSync(`${setup.logBase}.log`, 'a');
    writeFileSync(`${setup.logBase}.err`, '');
    const err = openSync(`${setup.logBase}.err`, 'a');
    const child = spawn(command, args, { stdio: ['ignore', out, err] });
    closeSync(out);
    closeSync(err);
    this.#child = child;
    this.#exited = new Promise((resolve) => {
      const ended = (exit: Exit): void => {
        if (this.#child !== child) return;
        this.#child = undefined;
        this.#isPaused = false;
        setup.network.processOf(this.slot, undefined);
        resolve(exit);
        if (!this.mayDie) setup.died(this, exit);
      };
      child.once('exit', (status, signal) => {
        ended({ status, signal });
      });
      child.once('error', () => {
        ended({ status: null, signal: null });
      });
    });
    if (child.pid !== undefined) setup.network.processOf(this.slot, child.pid);
  }

  pause(): void {
    this.#isPaused = this.#child?.kill('SIGSTOP') ?? false;
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
    this.#isPaused = false;
  }

  /** SIGKILL, and waits until the process is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Orderly; killed when it takes too long. */
  async stop(): Promise<Exit> {
    const timer = setTimeout(() => this.#child?.kill('SIGKILL'), STOP_TIMEOUT_MS);
    const exit = await this.#end('SIGTERM');
    clearTimeout(timer);
    return exit;
  }

  async #end(signal: NodeJS.Signals): Promise<Exit> {
    if (this.#child === undefined) return { status: null, signal: null };
    const before = this.mayDie;
    this.mayDie = true;
    this.resume();
    this.#child.kill(signal);
    const exit = await this.#exited;
    this.mayDie = before;
    return exit;
  }
}
