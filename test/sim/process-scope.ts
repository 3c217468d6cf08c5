/**
 * One life of a simulated process. Whatever comes from outside (a timer, a finished write, a message)
 * reaches it through `enter`: a dead process hears nothing any more, a paused one (SIGSTOP) hears it
 * all, late and in order, when it goes on.
 */
export class ProcessScope {
  readonly name: string;
  #alive = true;
  #paused = false;
  #waiting: (() => void)[] = [];

  constructor(name: string) {
    this.name = name;
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  enter(callback: () => void): void {
    if (!this.#alive) return;
    if (this.#paused) this.#waiting.push(callback);
    else callback();
  }

  /** Power off. What the process had in flight to others is theirs now. */
  kill(): void {
    this.#alive = false;
    this.#waiting = [];
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const callback of waiting) this.enter(callback);
  }
}
