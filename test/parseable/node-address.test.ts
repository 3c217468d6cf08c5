/** How nodes are named. */
import { describe, expect, it } from 'vitest';
import { parseNodeUrl } from '../../src/parseable/node-address.js';

describe('a node', () => {
  it.each([
    ['http://ingest-1:8000', 'http://ingest-1:8000'],
    ['http://ingest-1:8000/', 'http://ingest-1:8000'],
    ['ingest-1:8000', 'http://ingest-1:8000'],
    ['https://Logs.Example.com/parseable//', 'https://logs.example.com/parseable'],
    ['[::1]:8000', 'http://[::1]:8000'],
  ])('%s is %s', (text, url) => {
    expect(parseNodeUrl(text, '--ingest-node')).toBe(url);
  });

  it.each([
    '',
    'ftp://ingest-1',
    'http://',
    'http://a b',
    'http://x?y',
    'http://x#y',
    `http://${'x'.repeat(260)}`,
  ])('is not %j', (text) => {
    expect(() => parseNodeUrl(text, '--ingest-node')).toThrow(/--ingest-node/);
  });

  it('is not named with its credentials, which the error does not repeat', () => {
    const attempt = () => parseNodeUrl('http://admin:secret@ingest-1:8000', '--ingest-node');
    expect(attempt).toThrow(/P_USERNAME/);
    expect(attempt).not.toThrow(/secret/);
  });
});
