import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openLevelStore } from '../../src/storage/level-store.js';
import { keyValueStoreSuite } from './key-value-store-suite.js';
import { OrderedStore } from './ordered-store.js';
import { temporaryDirectory } from './temporary-directory.js';

keyValueStoreSuite('LevelDB', async () => {
  const directory = await temporaryDirectory();
  const store = await openLevelStore({ directory: join(directory.path, 'db'), create: true });
  return {
    store,
    dispose: async () => {
      await store.close();
      await directory.remove();
    },
  };
});

keyValueStoreSuite('in memory', () =>
  Promise.resolve({ store: new OrderedStore(), dispose: () => Promise.resolve() }),
);

describe('LevelDB', () => {
  test('is created only where there is none, and opened only where there is one', async () => {
    const directory = await temporaryDirectory();
    const location = join(directory.path, 'db');
    await expect(openLevelStore({ directory: location, create: false })).rejects.toThrow();
    const store = await openLevelStore({ directory: location, create: true });
    await expect(openLevelStore({ directory: location, create: false })).rejects.toMatchObject({
      kind: 'DATA_DIRECTORY_LOCKED',
    });
    await store.close();
    await expect(openLevelStore({ directory: location, create: true })).rejects.toThrow();
    await directory.remove();
  });
});
