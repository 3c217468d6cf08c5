/** One channel an endpoint, at most so many, none closed in use. */
import { describe, expect, it } from 'vitest';
import { ChannelPool } from '../../src/client/channel-pool.js';

function pool(channelsMax: number): { readonly pool: ChannelPool<string>; readonly closed: string[] } {
  const closed: string[] = [];
  const made = new ChannelPool<string>({
    channelsMax,
    open: (endpoint) => endpoint,
    close: (it) => closed.push(it),
  });
  return { pool: made, closed };
}

describe('ChannelPool', () => {
  it('opens one channel an endpoint', () => {
    const { pool: channels } = pool(4);
    channels.acquire('a');
    channels.acquire('a');
    expect(channels.size).toBe(1);
  });

  it('closes the channel that was idle longest when it needs room', () => {
    const { pool: channels, closed } = pool(2);
    const a = channels.acquire('a');
    channels.acquire('b')?.release();
    a?.release();
    channels.acquire('a')?.release();
    channels.acquire('c');
    expect(closed).toEqual(['b']);
  });

  it('closes none in use, and refuses instead', () => {
    const { pool: channels, closed } = pool(1);
    const a = channels.acquire('a');
    expect(channels.acquire('b')).toBeUndefined();
    a?.release();
    a?.release();
    expect(channels.acquire('b')).toBeDefined();
    expect(closed).toEqual(['a']);
  });

  it('closes them all at the end', () => {
    const { pool: channels, closed } = pool(3);
    channels.acquire('a');
    channels.acquire('b');
    channels.closeAll();
    expect(closed).toEqual(['a', 'b']);
    expect(channels.size).toBe(0);
  });
});
