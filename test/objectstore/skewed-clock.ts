/** The machine's clock with a wall clock that a test can move, as an operator or NTP would. */
import { systemClock, type Clock } from '../../src/shared/clock.js';

export class SkewedClock implements Clock {
  shiftMs = 0;

  monotonicMs(): number {
    return systemClock.monotonicMs();
  }

  wallMs(): number {
    return systemClock.wallMs() + this.shiftMs;
  }

  setTimer: Clock['setTimer'] = (delayMs, callback) => systemClock.setTimer(delayMs, callback);
}
