/**
 * No spelling of a path reaches a node as something else than it was taken for. The nodes' reading is a model of
 * actix-web's router, written from its documentation; a second, lenient one stands for whatever else may sit between.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { routeOf, type Route } from '../../../src/parseable/gateway/route.js';

/** Percent-decodes everything but `except`, byte by byte. */
function decode(text: string, except = ''): string {
  return text.replace(/%([0-9a-f]{2})/gi, (all, hex: string) => {
    const char = String.fromCharCode(parseInt(hex, 16));
    return except.includes(char) ? all : char;
  });
}

/** The stream that actix-web would hand to the handler of this method at /api/v1/logstream/{name}; as bytes. */
function nameAtNode(target: string): string | undefined {
  const path =
    (target.startsWith('/') ? target : target.replace(/^[a-z]+:\/\/[^/]*/i, '')).split(/[?#]/)[0] ?? '';
  const match = /^\/api\/v1\/logstream\/([^/]+)$/s.exec(decode(path, '%/+'));
  return match === null ? undefined : decode(match[1] ?? '');
}

/** As some proxies normalise: decoded, slashes merged, dots resolved, without case. */
function lenientPath(target: string): string {
  let path = target.split(/[?#]/)[0] ?? '';
  for (let round = 0; round < 3; round++) path = decode(path);
  const parts: string[] = [];
  for (const part of path.replaceAll('\\', '/').toLowerCase().split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

const bytesOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

const word = fc.constantFrom(
  'api',
  'v1',
  'logstream',
  'web',
  'ingest',
  'sync',
  'prism',
  'schema',
  'detect',
  'Größe',
);
const odd = fc.constantFrom(
  '',
  '.',
  '..',
  '%',
  '%zz',
  '%2e%2e',
  '%2F',
  '%5c',
  '%00',
  '%ff',
  '+',
  '%2B',
  ';x',
  ' ',
  'a%2Fb',
);
const encoded = (text: string, times: number): fc.Arbitrary<string> =>
  fc.array(fc.boolean(), { minLength: text.length, maxLength: text.length }).map((which) =>
    Array.from(bytesOf(text))
      .map((char, at) => (which[at] === true || char > '~' ? percent(char, times) : char))
      .join(''),
  );
const percent = (char: string, times: number): string => {
  let text = `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
  for (let round = 1; round < times; round++) text = text.replaceAll('%', '%25');
  return text;
};
const segment = fc.oneof(
  { weight: 4, arbitrary: word },
  { weight: 2, arbitrary: word.chain((text) => encoded(text, 1)) },
  { weight: 1, arbitrary: word.chain((text) => encoded(text, 2)) },
  { weight: 1, arbitrary: word.map((text) => text.toUpperCase()) },
  { weight: 2, arbitrary: odd },
  { weight: 1, arbitrary: fc.tuple(word, odd).map((both) => both.join('')) },
);
const near = fc
  .tuple(
    fc.array(segment, { maxLength: 3 }),
    fc.array(segment, { maxLength: 2 }),
    fc.array(segment, { maxLength: 2 }),
  )
  .map(([before, between, after]) => [...before, 'api', 'v1', ...between, 'logstream', 'web', ...after]);
const target = fc
  .tuple(
    fc.oneof(fc.array(segment, { maxLength: 8 }), near),
    fc.constantFrom('/', '//', ''),
    fc.constantFrom('', '/', '?', '?x=/api/v1/logstream/web', '#x', '/?y'),
  )
  .map(([segments, start, end]) => `${start}${segments.join('/')}${end}`)
  .filter((text) => Buffer.from(text, 'latin1').toString('latin1') === text);
const method = fc.constantFrom('DELETE', 'PUT', 'POST', 'GET', 'PATCH');

const RUNS = { numRuns: 20_000 };

describe('every spelling of a path', () => {
  it('is taken for what the node will do with it, or for ambiguous', () => {
    fc.assert(
      fc.property(target, method, (path, verb) => {
        const route = routeOf({ method: verb, target: path, headers: {} });
        const name = nameAtNode(path);
        if (name === undefined || name === '' || route.kind === 'ambiguous') return;
        expect(bytesOf(namedBy(route, verb) ?? 'none')).toBe(name);
      }),
      RUNS,
    );
  });

  it('passes as none of a stream only if no lenient reader would take it for one', () => {
    fc.assert(
      fc.property(target, (path) => {
        const route = routeOf({ method: 'DELETE', target: path, headers: {} });
        if (route.kind === 'other')
          expect(lenientPath(path)).not.toMatch(/^\/api\/v1\/logstream\/(?!schema\/detect$)[^/]/);
      }),
      RUNS,
    );
  });
});

/** The stream that a route of /api/v1/logstream/{name} is about, if its kind is that of the method. */
function namedBy(route: Route, verb: string): string | undefined {
  switch (route.kind) {
    case 'delete':
      return verb === 'DELETE' ? route.stream.name : undefined;
    case 'create':
      return verb === 'PUT' ? route.stream.name : undefined;
    case 'events':
      return verb === 'POST' ? route.streams[0]?.name : undefined;
    case 'detail':
      return verb === 'GET' || verb === 'PATCH' ? route.stream.name : undefined;
    default:
      return undefined;
  }
}
