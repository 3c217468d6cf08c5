import { describe, expect, it } from 'vitest';
import { readSettings } from './settings.js';

const NAMES = ['undelete', 'reborn'];

const SHARED = {
  P_USERNAME: 'admin',
  P_PASSWORD: 'secret',
  P_S3_URL: 'http://127.0.0.1:9000',
  P_S3_BUCKET: 'logs',
  P_S3_ACCESS_KEY: 'key',
  P_S3_SECRET_KEY: 'secret',
};

const DISTRIBUTED = {
  ...SHARED,
  SEXTON_TEST_PARSEABLE_QUERY: 'http://query:8000',
  SEXTON_TEST_PARSEABLE_INGEST: 'http://ingest-1:8000/, http://ingest-2:8000',
};

describe('the settings of the scenarios beside a real Parseable', () => {
  it('names every variable that is missing, an empty one too', () => {
    const { distributed, standalone, missing } = readSettings({ ...DISTRIBUTED, P_PASSWORD: '' }, NAMES);
    expect(distributed).toBeUndefined();
    expect(missing.distributed).toBe('P_PASSWORD');
    expect(standalone).toBeUndefined();
    expect(missing.standalone).toContain('SEXTON_TEST_PARSEABLE_STANDALONE');
  });

  it('reads a distributed deployment, with node URLs spelled as the helper spells them', () => {
    const { distributed } = readSettings(DISTRIBUTED, NAMES);
    expect(distributed?.ingestUrls).toEqual(['http://ingest-1:8000', 'http://ingest-2:8000']);
    expect(distributed?.store).toMatchObject({ bucket: 'logs', endpoint: 'http://127.0.0.1:9000' });
    expect(distributed?.switches).toEqual({ ingest: undefined, query: undefined });
  });

  it('gives a standalone deployment P_S3_BUCKET only where no query node owns it', () => {
    const alone = { ...SHARED, SEXTON_TEST_PARSEABLE_STANDALONE: 'http://parseable:8000' };
    expect(readSettings(alone, NAMES).standalone?.store.bucket).toBe('logs');
    const both = { ...DISTRIBUTED, ...alone };
    expect(readSettings(both, NAMES).missing.standalone).toBe('SEXTON_TEST_PARSEABLE_STANDALONE_BUCKET');
    const named = { ...both, SEXTON_TEST_PARSEABLE_STANDALONE_BUCKET: 'solo' };
    expect(readSettings(named, NAMES).standalone?.store.bucket).toBe('solo');
  });

  it('refuses what it cannot make sense of with the name of the variable', () => {
    expect(() => readSettings({ ...DISTRIBUTED, SEXTON_TEST_PARSEABLE_QUERY: 'query:8000' }, NAMES)).toThrow(
      "SEXTON_TEST_PARSEABLE_QUERY holds 'query:8000'; write it as http://HOST:PORT",
    );
    expect(() => readSettings({ ...DISTRIBUTED, SEXTON_TEST_PARSEABLE_SCENARIOS: 'all' }, NAMES)).toThrow(
      "SEXTON_TEST_PARSEABLE_SCENARIOS names 'all'; there are undelete, reborn",
    );
    expect(() => readSettings({ ...DISTRIBUTED, SEXTON_TEST_PARSEABLE_STOP_INGEST: 'true' }, NAMES)).toThrow(
      'SEXTON_TEST_PARSEABLE_START_INGEST is not; set both',
    );
    for (const variable of ['OBJECTS', 'UPLOAD_DEADLINE', 'SWEEP_AFTER']) {
      const name = `SEXTON_TEST_PARSEABLE_${variable}`;
      expect(() => readSettings({ ...DISTRIBUTED, [name]: 'many' }, NAMES)).toThrow(name);
    }
  });

  it('waits as long as the helper does by default', () => {
    const { uploadDeadline, uploadDeadlineMs, sweepsAfterMs } = readSettings(DISTRIBUTED, NAMES);
    expect([uploadDeadline, uploadDeadlineMs]).toEqual([undefined, 300_000]);
    expect(sweepsAfterMs).toEqual([180_000, 360_000]);
  });
});
