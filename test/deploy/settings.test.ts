/**
 * The settings, wherever deploy/ sets one: only such as exist, spelt as in the example file, with the
 * defaults that the program has, and with values that its own parsers take.
 */
import { describe, expect, it } from 'vitest';
import { SERVE_FLAGS } from '../../src/cli/serve-options.js';
import { parseObjectStoreUrl, resolveObjectStoreConfig } from '../../src/objectstore/object-store-url.js';
import { readEnvFile, readText } from './deploy-files.js';

const example = readEnvFile('deploy/sexton.env.example');
const value = (name: string) => example.find((setting) => setting.name === name)?.value ?? '';

const elsewhere = [
  'deploy/Dockerfile',
  'deploy/compose.yaml',
  'deploy/README.md',
  'deploy/kubernetes/config.yaml',
  'deploy/kubernetes/statefulset.yaml',
];

describe('deploy/sexton.env.example', () => {
  it('has each setting once', () => {
    const names = example.map((setting) => setting.name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('has every flag of `sexton serve`, and no other setting', () => {
    const settings = example.map((setting) => setting.name).filter((name) => name.startsWith('SEXTON_'));
    expect(settings.sort()).toEqual(SERVE_FLAGS.map((flag) => flag.env).sort());
  });

  it('shows the default of the flag where it leaves a setting commented out', () => {
    // A switch: commander takes any value of its variable as yes, so the example shows a yes.
    const shown = example.filter((setting) => setting.isDefault && setting.name !== 'SEXTON_JOIN');
    const defaults = SERVE_FLAGS.filter((flag) => shown.some((setting) => setting.name === flag.env));
    expect(shown.length).toBeGreaterThan(5);
    expect(Object.fromEntries(shown.map((setting) => [setting.name, setting.value]))).toEqual(
      Object.fromEntries(defaults.map((flag) => [flag.env, flag.defaultText])),
    );
  });

  it('names a cluster of three in which this node is the one that it advertises', () => {
    const members = value('SEXTON_MEMBERS')
      .split(',')
      .map((member) => member.split('='));
    expect(members.map(([id]) => id)).toEqual(['1', '2', '3']);
    expect(members).toContainEqual([value('SEXTON_MEMBER_ID'), value('SEXTON_ADVERTISE')]);
    for (const [, address] of members) expect(address).toMatch(/^[a-z0-9.-]+:7401$/);
  });

  it('holds no credentials', () => {
    expect(value('AWS_ACCESS_KEY_ID')).toBe('');
    expect(value('AWS_SECRET_ACCESS_KEY')).toBe('');
  });
});

describe.each(elsewhere)('%s', (file) => {
  it('sets and names only what the example explains', () => {
    const known = example.map((setting) => setting.name);
    // SEXTON_PORT stands in a comment: it is what Kubernetes would make up.
    const used = (readText(file).match(/\bSEXTON_[A-Z_]*[A-Z]\b/g) ?? []).filter(
      (name) => name !== 'SEXTON_PORT',
    );
    expect(used).not.toEqual([]);
    expect(used.filter((name) => !known.includes(name))).toEqual([]);
  });
});

describe('values', () => {
  const valuesOf = (name: string) =>
    ['deploy/sexton.env.example', ...elsewhere].flatMap((file) =>
      [...readText(file).matchAll(new RegExp(`^ *#?${name}(?:=|: )'?([^'\\s]+)`, 'gm'))].map(
        ([, found = '']) => found,
      ),
    );

  it('every object store is one that the program can parse and resolve', () => {
    const stores = valuesOf('SEXTON_OBJECT_STORE');
    expect(stores).toHaveLength(3);
    for (const store of stores) {
      const config = resolveObjectStoreConfig(parseObjectStoreUrl(store), {
        AWS_ACCESS_KEY_ID: 'id',
        AWS_SECRET_ACCESS_KEY: 'secret',
      });
      expect(config).toMatchObject({ kind: 's3', pathStyle: true });
    }
  });

  it('every value is one that its flag takes', () => {
    // What Kubernetes puts together from $(NAME) at start is checked with the manifests.
    const given = SERVE_FLAGS.filter((flag) => flag.flags.includes('<')).flatMap(({ env, parse }) =>
      valuesOf(env)
        .filter((text) => !text.includes('$('))
        .map((text) => ({ env, text, parse })),
    );
    expect(given.length).toBeGreaterThanOrEqual(SERVE_FLAGS.length - 1);
    for (const { env, text, parse } of given) expect(() => parse(text), `${env}=${text}`).not.toThrow();
  });

  it('every listener has the port that the rest of deploy/ speaks of', () => {
    // Once in the example, once in the image.
    const ports = (name: string) => valuesOf(name).map((address) => address.split(':')[1]);
    expect(ports('SEXTON_LISTEN')).toEqual(['7401', '7401']);
    expect(ports('SEXTON_HTTP_LISTEN')).toEqual(['7411', '7411']);
    expect(readText('deploy/Dockerfile')).toMatch(/^EXPOSE 7401 7411$/m);
  });
});
