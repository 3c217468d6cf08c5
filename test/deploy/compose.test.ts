/** The compose file: three members that agree on each other, an S3 server, and a bucket made first. */
import { describe, expect, it } from 'vitest';
import { readYaml } from './deploy-files.js';

interface Service {
  readonly image: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly restart?: string;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const [compose] = readYaml('deploy/compose.yaml') as [Compose];
const services = Object.entries(compose.services);
const nodes = services.filter(([name]) => /^sexton-\d+$/.test(name));

describe('deploy/compose.yaml', () => {
  it('has three members, each with its own id, address, volume and host ports', () => {
    expect(nodes.map(([name]) => name)).toEqual(['sexton-1', 'sexton-2', 'sexton-3']);
    for (const [index, [name, node]] of nodes.entries()) {
      const id = String(index + 1);
      expect(node.environment?.['SEXTON_MEMBER_ID']).toBe(id);
      expect(node.environment?.['SEXTON_ADVERTISE']).toBe(`${name}:7401`);
      expect(node.volumes).toEqual([`${name}:/var/lib/sexton`]);
      expect(node.ports).toEqual([`127.0.0.1:740${id}:7401`, `127.0.0.1:741${id}:7411`]);
    }
  });

  it('gives all members the same settings, and names each by the address it advertises', () => {
    const own = ['SEXTON_MEMBER_ID', 'SEXTON_ADVERTISE'];
    const shared = nodes.map(([, node]) =>
      Object.entries(node.environment ?? {}).filter(([name]) => !own.includes(name)),
    );
    expect(shared[1]).toEqual(shared[0]);
    expect(shared[2]).toEqual(shared[0]);
    const members = nodes.map(
      ([, { environment }]) =>
        `${environment?.['SEXTON_MEMBER_ID'] ?? ''}=${environment?.['SEXTON_ADVERTISE'] ?? ''}`,
    );
    expect(nodes[0]?.[1].environment?.['SEXTON_MEMBERS']).toBe(members.join(','));
  });

  it('starts no member after another: the first start needs them all', () => {
    for (const [, node] of nodes) {
      expect(Object.keys(node.depends_on ?? {})).toEqual(['create-bucket']);
      expect(node.depends_on?.['create-bucket']?.condition).toBe('service_completed_successfully');
    }
  });

  it('makes the bucket that the members name, on the server that they name', () => {
    const store = new URL(nodes[0]?.[1].environment?.['SEXTON_OBJECT_STORE'] ?? '');
    const creator = compose.services['create-bucket'];
    expect(JSON.stringify(creator)).toContain(`create-bucket --bucket ${store.host}`);
    expect(creator?.environment?.['AWS_ENDPOINT_URL']).toBe(store.searchParams.get('endpoint'));
    const endpoint = new URL(store.searchParams.get('endpoint') ?? '');
    const server = compose.services[endpoint.hostname];
    expect(server?.environment?.['VGW_PORT']).toBe(`:${endpoint.port}`);
    expect(server?.environment?.['VGW_REGION']).toBe(store.searchParams.get('region'));
    expect(creator?.depends_on?.[endpoint.hostname]?.condition).toBe('service_healthy');
  });

  it('uses the same credentials on both sides', () => {
    const node = nodes[0]?.[1].environment;
    const server = compose.services['s3']?.environment;
    expect(node?.['AWS_ACCESS_KEY_ID']).toBe(server?.['ROOT_ACCESS_KEY_ID']);
    expect(node?.['AWS_SECRET_ACCESS_KEY']).toBe(server?.['ROOT_SECRET_ACCESS_KEY']);
  });

  it.each(services)(
    '%s: a pinned image, a health check or an end, loopback ports, declared volumes',
    (name, service) => {
      expect(service.image).toMatch(/^[a-z0-9/-]+:v?\d+\.\d+/);
      expect(service.healthcheck !== undefined || service.restart === 'no', name).toBe(true);
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
      for (const volume of service.volumes ?? []) {
        expect(Object.keys(compose.volumes)).toContain(volume.split(':')[0]);
      }
    },
  );
});
