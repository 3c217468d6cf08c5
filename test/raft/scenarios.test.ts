/**
 * Each file under scenarios/ is a conversation between cores, compared line by line. When one fails, read
 * the difference: it is what changed in the protocol. `npx vitest run -u test/raft/scenarios` rewrites the
 * files; commit that only if you can say why.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Scenario } from './scenario.js';

const FOLDER = fileURLToPath(new URL('scenarios/', import.meta.url));

describe('scenarios', () => {
  for (const file of readdirSync(FOLDER).sort()) {
    it(file.replace(/\.txt$/, '').replaceAll('-', ' '), async () => {
      const text = readFileSync(FOLDER + file, 'utf8');
      await expect(new Scenario().run(text)).toMatchFileSnapshot(FOLDER + file);
    });
  }
});
