/** What Parseable's metadata says, and what is not to be believed of it. */
import { describe, expect, it } from 'vitest';
import {
  isRecurringKey,
  isStreamJson,
  parseStreamMetadata,
} from '../../src/bucket-layout/stream-metadata.js';

const T_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

function parse(content: string | object): ReturnType<typeof parseStreamMetadata> {
  return parseStreamMetadata(Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)));
}

describe('parseStreamMetadata', () => {
  it.each<[string, number]>([
    ['2026-01-02T03:04:05Z', T_MS],
    ['2026-01-02T03:04:05.1Z', T_MS + 100],
    ['2026-01-02T03:04:05.123Z', T_MS + 123],
    ['2026-01-02T03:04:05.1239999Z', T_MS + 123],
    ['2026-01-02T03:04:05.123456789Z', T_MS + 123],
    ['2026-01-02T03:04:05.123456789123456789Z', T_MS + 123],
    ['2026-01-02T03:04:05+00:00', T_MS],
    ['2026-01-02T03:04:05.5+05:30', T_MS + 500 - 5.5 * 3_600_000],
    ['2026-01-01T19:04:05-08:00', T_MS],
    ['2026-01-02 03:04:05.25Z', T_MS + 250],
    ['2026-01-02t03:04:05z', T_MS],
  ])('reads the time %s', (text, createdMs) => {
    expect(parse({ 'created-at': text })).toEqual({ createdMs, firstEventMs: undefined });
  });

  it.each<[string, unknown]>([
    ['no offset', '2026-01-02T03:04:05'],
    ['a date alone', '2026-01-02'],
    ['what Date would guess at', 'Fri, 02 Jan 2026 03:04:05 GMT'],
    ['a month that is none', '2026-13-02T03:04:05Z'],
    ['a year of five digits', '12026-01-02T03:04:05Z'],
    ['text around it', ' 2026-01-02T03:04:05Z'],
    ['two lines', '2026-01-02T03:04:05Z\n'],
    ['no text', ''],
    ['a number', T_MS],
    ['a huge number', 1e308],
    ['null', null],
    ['an object', {}],
  ])('does not take %s for a time', (_what, time) => {
    expect(parse({ 'created-at': time })).toBeUndefined();
    // A time of the first event that cannot be read may be the one that counts.
    if (time !== null)
      expect(parse({ 'created-at': '2026-01-02T03:04:05Z', 'first-event-at': time })).toBeUndefined();
  });

  it('reads the first event where there was one', () => {
    const created = { 'created-at': '2026-01-02T03:04:05Z' };
    const first = { ...created, 'first-event-at': '2026-01-02T03:04:06.000001Z' };
    expect(parse(first)).toEqual({ createdMs: T_MS, firstEventMs: T_MS + 1_000 });
    expect(parse({ ...created, 'first-event-at': null })).toEqual({
      createdMs: T_MS,
      firstEventMs: undefined,
    });
  });

  it('is not disturbed by what else is in the file', () => {
    const huge = '"stats":{"events":1e999},"id":123456789012345678901234567890';
    expect(parse(`{"version":"v6",${huge},"created-at":"2026-01-02T03:04:05Z"}`)?.createdMs).toBe(T_MS);
  });

  it('reads a file that begins with a byte order mark', () => {
    expect(parse('\uFEFF{"created-at":"2026-01-02T03:04:05Z"}')?.createdMs).toBe(T_MS);
  });

  it.each([
    ['nothing', ''],
    ['half of it', '{"created-at":"2026-01-0'],
    ['no JSON', 'created-at: 2026-01-02T03:04:05Z'],
    ['a list', '[]'],
    ['a text', '"2026-01-02T03:04:05Z"'],
    ['null', 'null'],
    ['a number', '1e400'],
    ['an object without it', '{"createdAt":"2026-01-02T03:04:05Z"}'],
  ])('says nothing of %s', (_what, content) => {
    expect(parse(content)).toBeUndefined();
  });

  it('says nothing of what is not UTF-8', () => {
    const bytes = Buffer.from('{"created-at":"2026-01-02T03:04:05Z","x":"\u00ff"}', 'latin1');
    expect(parseStreamMetadata(bytes)).toBeUndefined();
  });
});

describe('keys, relative to the prefix of their stream', () => {
  it.each<[string, boolean, boolean]>([
    ['.stream/.stream.json', true, true],
    ['.stream/.ingestor.01ABC.stream.json', true, true],
    ['.stream/ingestor.01ABC.stream.json', true, true],
    ['.stream.json', true, true],
    ['.stream/.schema', false, true],
    ['.stream/.ingestor.01ABC.schema', false, true],
    ['.stream/deeper/.stream.json', false, true],
    ['.stream/filters/a.json', false, true],
    ['.schema', false, true],
    ['stream.json', false, false],
    ['a/.stream.json', false, false],
    ['manifest.json', false, true],
    ['date=2026-01-02/manifest.json', false, true],
    ['date=2026-01-02/ingestor.01ABC.manifest.json', false, true],
    ['date=2026-01-02/hour=03/minute=04/node.01HX.parquet', false, false],
    ['date=2026-01-02/', false, false],
    ['', false, false],
  ])('%s: makes a stream %s, recurs %s', (key, makesStream, recurs) => {
    expect([isStreamJson(key), isRecurringKey(key)]).toEqual([makesStream, recurs]);
  });
});
