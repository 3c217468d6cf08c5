/** Options are checked once, and the error names the option and what would be right. */
import { describe, expect, it } from 'vitest';
import { parseEndpoints, resolveOptions } from '../../src/client/options.js';

describe('parseEndpoints', () => {
  it('takes a list or a line, drops blanks and repetitions, and knows IPv6', () => {
    expect(parseEndpoints(' a:1, b:2,,a:1 ', 'endpoints')).toEqual(['a:1', 'b:2']);
    expect(parseEndpoints(['[::1]:7401', 'node-1.svc:65535'], 'endpoints')).toEqual([
      '[::1]:7401',
      'node-1.svc:65535',
    ]);
  });

  it.each(['', ',', 'a', 'a:', ':1', 'a:0', 'a:65536', 'http://a:1', 'a b:1', '::1:7401', 'a:1:2'])(
    'refuses %j and names the field',
    (text) => {
      expect(() => parseEndpoints(text, '--endpoints')).toThrow(/\[INVALID_ARGUMENT\] --endpoints: /);
    },
  );

  it('refuses more than 32', () => {
    const many = Array.from({ length: 33 }, (_, index) => `n${index}:1`);
    expect(() => parseEndpoints(many, 'endpoints')).toThrow(/more than 32/);
  });
});

describe('resolveOptions', () => {
  it('applies the documented defaults', () => {
    const resolved = resolveOptions({ endpoints: 'a:1' });
    expect(resolved).toMatchObject({
      requestTimeoutMs: 10_000,
      perTryTimeoutMs: 2_000,
      limits: { maxTries: 100, backoff: { initialMs: 25, maxMs: 1_000 } },
    });
    expect(resolved.newRequestId()).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  it('gives a call that may take longer the tries for it', () => {
    const { limits } = resolveOptions({ endpoints: 'a:1', requestTimeoutMs: 60_000 });
    expect(limits.maxTries).toBe(600);
    expect(resolveOptions({ endpoints: 'a:1', requestTimeoutMs: 1 }).limits.maxTries).toBe(100);
  });

  it.each([
    ['requestTimeoutMs', { requestTimeoutMs: 0 }],
    ['requestTimeoutMs', { requestTimeoutMs: Number.NaN }],
    ['perTryTimeoutMs', { perTryTimeoutMs: 600_001 }],
    ['maxTries', { maxTries: 0 }],
    ['maxBackoffMs', { initialBackoffMs: 500, maxBackoffMs: 100 }],
  ])('names %s when it is out of bounds', (field, bad) => {
    expect(() => resolveOptions({ endpoints: 'a:1', ...bad })).toThrow(`[INVALID_ARGUMENT] ${field}: `);
  });
});
