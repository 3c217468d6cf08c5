/** Health and reflection over real gRPC, with a clock that stands still: green only when a read works. */
import {
  type ClientReadableStream,
  credentials,
  loadPackageDefinition,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { protoPath, service as healthService } from 'grpc-health-check';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SextonError } from '../../src/shared/errors.js';
import { FakeNode } from '../support/fake-node-api.js';
import { type GrpcFixture, startGrpc } from '../support/grpc-fixture.js';
import { ManualClock } from '../support/manual-clock.js';

interface HealthResponse {
  readonly status: string;
}
interface HealthClient {
  check(
    request: { service: string },
    callback: (error: ServiceError | null, response: HealthResponse) => void,
  ): void;
  watch(request: { service: string }): ClientReadableStream<HealthResponse>;
  close(): void;
}

let node: FakeNode;
let clock: ManualClock;
let grpc: GrpcFixture;
let client: HealthClient;

beforeEach(async () => {
  node = new FakeNode();
  clock = new ManualClock();
  grpc = await startGrpc(node, { clock });
  const loaded = loadPackageDefinition({ health: healthService }) as unknown as {
    health: new (address: string, creds: unknown) => HealthClient;
  };
  client = new loaded.health(grpc.address, credentials.createInsecure());
});
afterEach(async () => {
  client.close();
  const closed = grpc.close();
  clock.advance(60_000);
  await closed;
});

function check(service: string): Promise<string> {
  return new Promise((resolve, reject) => {
    client.check({ service }, (error, response) => {
      if (error === null) resolve(response.status);
      else reject(error);
    });
  });
}

async function until(service: string, expected: string): Promise<void> {
  while ((await check(service)) !== expected) await new Promise(setImmediate);
}

describe('health', () => {
  it('knows its services, and no others', async () => {
    expect(protoPath).toContain('health.proto');
    await until('readiness', 'SERVING');
    for (const service of ['', 'sexton.v1.StreamService', 'leader'])
      expect(await check(service)).toBe('SERVING');
    await expect(check('nonsense')).rejects.toMatchObject({ code: status.NOT_FOUND });
  });

  it('is not ready while reads hang, though everything else looks well', async () => {
    await until('readiness', 'SERVING');
    node.readsHang = true;
    clock.advance(2000);
    await new Promise(setImmediate);
    // The probe has begun and waits; its own timeout ends it.
    clock.advance(2000);
    await until('readiness', 'NOT_SERVING');
    expect(await check('sexton.v1.StreamService')).toBe('NOT_SERVING');
    expect(await check('')).toBe('SERVING');
    node.readsHang = false;
    clock.advance(2000);
    await until('readiness', 'SERVING');
  });

  it('is not ready without a leader, and hears of a new one before the next round', async () => {
    await until('readiness', 'SERVING');
    node.readsFail = new SextonError('NO_LEADER', 'none');
    node.setLeader(undefined);
    await until('readiness', 'NOT_SERVING');
    expect(await check('leader')).toBe('NOT_SERVING');
    node.readsFail = undefined;
    node.setLeader({ id: 2, address: '127.0.0.1:7402' });
    await until('readiness', 'SERVING');
    expect(await check('leader')).toBe('NOT_SERVING');
  });

  it('tells watchers of changes only', async () => {
    await until('readiness', 'SERVING');
    const seen: string[] = [];
    const call = client.watch({ service: 'leader' });
    call.on('error', () => undefined);
    call.on('data', (response: HealthResponse) => seen.push(response.status));
    while (seen.length < 1) await new Promise(setImmediate);
    node.setLeader({ id: 2, address: '127.0.0.1:7402' });
    node.setLeader({ id: 3, address: '127.0.0.1:7403' });
    node.setLeader({ id: 1, address: '127.0.0.1:7401' });
    while (seen.length < 3) await new Promise(setImmediate);
    expect(seen).toEqual(['SERVING', 'NOT_SERVING', 'SERVING']);
    call.cancel();
  });

  it('says so before the server stops', async () => {
    await until('readiness', 'SERVING');
    const seen: string[] = [];
    const call = client.watch({ service: '' });
    const ended = new Promise((resolve) => call.on('error', resolve));
    call.on('data', (response: HealthResponse) => seen.push(response.status));
    while (seen.length < 1) await new Promise(setImmediate);
    const stopped = grpc.server.stop(100);
    while (seen.length < 2) await new Promise(setImmediate);
    expect(seen).toEqual(['SERVING', 'NOT_SERVING']);
    clock.advance(100);
    await ended;
    await stopped;
  });
});

describe('reflection', () => {
  it('lists the services, and knows their files', async () => {
    const root = dirname(createRequire(import.meta.url).resolve('@grpc/reflection'));
    const loaded = loadPackageDefinition(
      loadSync(join(root, '../proto/grpc/reflection/v1/reflection.proto'), { enums: String, oneofs: true }),
    ) as unknown as {
      grpc: {
        reflection: { v1: { ServerReflection: new (address: string, creds: unknown) => ReflectionClient } };
      };
    };
    const reflection = new loaded.grpc.reflection.v1.ServerReflection(
      grpc.address,
      credentials.createInsecure(),
    );
    const call = reflection.ServerReflectionInfo();
    call.on('error', () => undefined);
    const ask = (request: object): Promise<ReflectionAnswer> =>
      new Promise((resolve) => {
        call.once('data', resolve);
        call.write(request);
      });
    const { listServicesResponse } = await ask({ listServices: '*' });
    expect(listServicesResponse?.service.map(({ name }) => name).sort()).toEqual([
      'sexton.raft.v1.RaftService',
      'sexton.v1.ClusterService',
      'sexton.v1.IngestService',
      'sexton.v1.StorageService',
      'sexton.v1.StreamService',
    ]);
    for (const symbol of ['sexton.v1.StreamService', 'sexton.v1.Alarm', 'google.rpc.BadRequest']) {
      const { fileDescriptorResponse } = await ask({ fileContainingSymbol: symbol });
      expect(fileDescriptorResponse?.fileDescriptorProto.length, symbol).toBeGreaterThan(0);
    }
    call.end();
    reflection.close();
  });
});

interface ReflectionAnswer {
  readonly listServicesResponse?: { readonly service: readonly { readonly name: string }[] };
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: readonly Buffer[] };
}
interface ReflectionClient {
  ServerReflectionInfo(): {
    on(event: 'error', listener: (error: Error) => void): void;
    once(event: 'data', listener: (answer: ReflectionAnswer) => void): void;
    write(request: object): void;
    end(): void;
  };
  close(): void;
}
