import { describe, expect, it } from 'vitest';
import { keyOf, routeOf, type Route } from '../../../src/parseable/gateway/route.js';

/** One word or two for what a request is, for tables. */
function shown(route: Route): string {
  switch (route.kind) {
    case 'events':
      return `events ${route.streams.map(keyOf).join(' ')}`.trim();
    case 'create':
      return `${route.isUpdate ? 'update' : 'create'} ${keyOf(route.stream)}`;
    case 'delete':
      return `delete ${keyOf(route.stream)}`;
    case 'detail':
      return `${route.writes ? 'change' : 'detail'} ${keyOf(route.stream)}`;
    case 'own':
      return `own ${route.path}`;
    default:
      return route.kind;
  }
}

const route = (method: string, target: string, headers: Record<string, string> = {}): string =>
  shown(routeOf({ method, target, headers }));

describe('routeOf', () => {
  it.each([
    ['POST', '/api/v1/ingest', 'events /web'],
    ['POST', '/api/v1/ingest?a=/api/v1/logstream/x', 'events /web'],
    ['GET', '/api/v1/ingest', 'other'],
    ['POST', '/v1/logs', 'events /web'],
    ['POST', '/v1/metrics', 'events /web'],
    ['POST', '/v1/traces', 'events /web'],
    ['POST', '/v1/profiles', 'other'],
    ['POST', '/api/v1/logstream/named', 'events /named'],
    ['PUT', '/api/v1/logstream/named', 'create /named'],
    ['DELETE', '/api/v1/logstream/named', 'delete /named'],
    ['DELETE', '/api/v1/logstream/named?x=y', 'delete /named'],
    ['DELETE', '/api/v1/logstream/Gr%C3%B6%C3%9Fe', 'delete /Größe'],
    ['DELETE', '/api/v1/logstream/na%6ded', 'delete /named'],
    ['DELETE', '/api/v1/%6cogstream/named', 'delete /named'],
    ['GET', '/api/v1/logstream', 'list'],
    ['HEAD', '/api/v1/logstream', 'other'],
    ['GET', '/api/v1/logstream/named/info', 'detail /named'],
    ['GET', '/api/prism/v1/logstream/named/info', 'detail /named'],
    ['PUT', '/api/v1/logstream/named/retention', 'change /named'],
    ['DELETE', '/api/v1/logstream/named/hottier', 'change /named'],
    ['POST', '/api/v1/logstream/schema/detect', 'other'],
    ['DELETE', '/api/v1/logstream/named/sync', 'internal'],
    ['PUT', '/api/v1/logstream/named/sync', 'internal'],
    ['DELETE', '/api/v1/logstream/named/SYNC', 'internal'],
    ['GET', '/sexton/livez', 'own /livez'],
    ['GET', '/', 'other'],
    ['GET', '/assets/index.js', 'other'],
    ['POST', '/api/v1/query', 'other'],
    ['DELETE', '/api/v1/user/ada', 'other'],
    ['GET', '/logstream/named', 'other'],
  ])('reads %s %s as %s', (method, target, expected) => {
    expect(route(method, target, { 'x-p-stream': 'web' })).toBe(expected);
  });

  it.each([
    'http://other/api/v1/logstream/web',
    '*',
    '/api/v1/logstream/web#x',
    '/api/v1/logstream/web/',
    '/api/v1/logstream/',
    '//api/v1/logstream/web',
    '/api//v1/logstream/web',
    '/api/v1/logstream//web',
    '/api/v1/./logstream/web',
    '/x/../api/v1/logstream/web',
    '/x/%2e%2E/api/v1/logstream/web',
    '/api/v1/logstream/..',
    '/api/v1/logstream/%2e',
    '/api/v1/logstream%2fweb',
    '/api%2Fv1%2Flogstream%2Fweb',
    '/api/v1/logstream/a%2Fb',
    '/api/v1/logstream/a%5Cb',
    '/api\\v1\\logstream\\web',
    '/API/v1/logstream/web',
    '/api/v1/LogStream/web',
    '/api/v1/%256cogstream/web',
    '/api/v1/logstream/we%2562',
    '/api/v1/logstream/%ff',
    '/api/v1/logstream/%zz',
    '/api/v1/logstream/web%00',
    '/api/v1/logstream/web;v=1',
    '/api/v1/logstream;v=1/web',
    '/api/v1/ingest/',
    '/V1/logs',
    '/sexton//livez/%2e%2e%2f',
    '/SEXTON/livez',
  ])('takes %s for ambiguous, whatever the method', (target) => {
    const read = ['DELETE', 'PUT', 'POST'].map((method) => route(method, target));
    expect(read.filter((kind) => kind !== 'ambiguous' && !kind.startsWith('own'))).toEqual([]);
  });

  it('takes the tenant and the update from headers', () => {
    expect(route('POST', '/api/v1/ingest', { 'x-p-stream': 'web', 'x-p-tenant': 'acme' })).toBe(
      'events acme/web',
    );
    expect(route('PUT', '/api/v1/logstream/web', { 'x-p-update-stream': 'true' })).toBe('update /web');
    expect(route('PUT', '/api/v1/logstream/web', { 'x-p-update-stream': 'TRUE' })).toBe('create /web');
  });

  it('counts an event of Firehose for the stream that it names inside, and for the other', () => {
    const inside = JSON.stringify({ commonAttributes: { Authorization: 'Basic x', 'X-P-Stream': 'hose' } });
    const named = (value: string, more: Record<string, string> = {}): string =>
      route('POST', '/api/v1/ingest', { 'x-amz-firehose-common-attributes': value, ...more });
    expect(named(inside)).toBe('events /hose');
    expect(named(inside, { 'x-p-stream': 'web' })).toBe('events /web /hose');
    expect(named('{"commonAttributes":{"X-P-Stream":"a","X-P-Stream":"b"}}')).toBe('ambiguous');
    expect(named('{"commonAttributes":{"\\u0058-P-Stream":"a","X-P-Stream":"b"}}')).toBe('ambiguous');
    expect(named('{"commonAttributes":{}}')).toBe('ambiguous');
    expect(named('not json')).toBe('ambiguous');
  });

  it('leaves an event without a stream to Parseable', () => {
    expect(route('POST', '/v1/logs')).toBe('events');
  });
});
