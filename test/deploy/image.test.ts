/**
 * The container image, by its Dockerfile: there is no Docker daemon here to build it, so this checks
 * what a build would not, and what a build would fail on: every path it copies exists and is let
 * through by .dockerignore, and every npm script it runs is there.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDockerfile, readText, root, type Instruction } from './deploy-files.js';

const stages = readDockerfile('deploy/Dockerfile');
const instructions = stages.flat();
const runtime = stages.at(-1) ?? [];
const build = stages.at(-2) ?? [];

const texts = (from: readonly Instruction[], name: string) =>
  from.filter((instruction) => instruction.name === name).map((instruction) => instruction.text);
const last = (from: readonly Instruction[], name: string) => texts(from, name).at(-1) ?? '';
const execForm = (text: string) => JSON.parse(text) as string[];

describe('deploy/Dockerfile', () => {
  it('builds in one stage and runs in another, from a pinned base', () => {
    expect(stages).toHaveLength(3);
    const [base] = texts(instructions, 'ARG');
    expect(base).toMatch(/^NODE_IMAGE=node:\d+-bookworm-slim$/);
    expect(texts(instructions, 'FROM')).toEqual(['${NODE_IMAGE} AS build', '${NODE_IMAGE} AS runtime']);
    expect(readText('deploy/Dockerfile')).not.toMatch(/:latest\b/);
  });

  it('uses a major version of Node that package.json allows', () => {
    const { engines } = JSON.parse(readText('package.json')) as { engines: { node: string } };
    const wanted = Number(/(\d+)/.exec(engines.node)?.[1]);
    const used = Number(/node:(\d+)/.exec(texts(instructions, 'ARG')[0] ?? '')?.[1]);
    expect(used).toBeGreaterThanOrEqual(wanted);
  });

  it('installs by the lock file, builds, and leaves development dependencies behind', () => {
    const commands = texts(build, 'RUN').join(' && ');
    expect(commands).toMatch(/npm ci --ignore-scripts/);
    expect(commands).toMatch(/npm run build/);
    expect(commands).toMatch(/npm prune --omit=dev/);
    const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };
    for (const [, script = ''] of commands.matchAll(/npm run ([a-z:]+)/g))
      expect(scripts).toHaveProperty([script]);
  });

  it('copies only what exists and what .dockerignore lets through', () => {
    const allowed = readText('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    expect(readText('.dockerignore').split('\n')).toContain('*');
    const sources = texts(instructions, 'COPY')
      .filter((text) => !text.startsWith('--from='))
      .flatMap((text) => text.split(' ').slice(0, -1));
    expect(sources).not.toEqual([]);
    for (const source of sources) {
      expect(existsSync(path.join(root, source)), source).toBe(true);
      expect(allowed).toContain(source);
    }
    expect(allowed.filter((entry) => !sources.includes(entry))).toEqual([]);
  });

  it('copies into the runtime stage what the program needs: its type, its modules, its protos', () => {
    const copied = texts(runtime, 'COPY').join('\n');
    for (const needed of ['package.json', 'node_modules', 'proto', 'dist']) {
      expect(copied).toContain(`/app/${needed} `);
    }
  });

  it('runs as a user that is a number and not root, who owns the data directory', () => {
    const user = last(runtime, 'USER');
    expect(user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    const [uid, gid] = user.split(':');
    expect(execForm(last(runtime, 'VOLUME'))).toEqual(['/var/lib/sexton']);
    expect(texts(runtime, 'RUN').join('\n')).toContain(
      `install -d -o ${uid ?? ''} -g ${gid ?? ''} -m 0700 /var/lib/sexton`,
    );
    expect(last(runtime, 'ENV')).toContain('SEXTON_DATA_DIR=/var/lib/sexton ');
    const names = runtime.map((instruction) => instruction.name);
    expect(names.slice(names.indexOf('USER')), 'nothing runs as root after USER').not.toContain('RUN');
  });

  it('has tini as process 1 and gets SIGTERM, in exec form', () => {
    expect(execForm(last(runtime, 'ENTRYPOINT'))).toEqual(['tini', '--', 'node', '/app/dist/cli/main.js']);
    expect(execForm(last(runtime, 'CMD'))).toEqual(['serve']);
    expect(last(runtime, 'STOPSIGNAL')).toBe('SIGTERM');
    expect(texts(runtime, 'RUN').join('\n')).toMatch(/apt-get install -y --no-install-recommends tini\b/);
  });

  it('asks the node itself for its health, in exec form', () => {
    const [, command = ''] = /CMD (\[.*\])$/.exec(last(runtime, 'HEALTHCHECK')) ?? [];
    expect(execForm(command)).toEqual([
      'node',
      'dist/cli/main.js',
      'health',
      '--endpoints',
      '127.0.0.1:7401',
    ]);
    expect(last(runtime, 'WORKDIR')).toBe('/app');
  });

  it('leaves no package lists in a layer', () => {
    for (const command of texts(runtime, 'RUN').filter((text) => text.includes('apt-get'))) {
      expect(command).toContain('rm -rf /var/lib/apt/lists/*');
    }
  });
});
