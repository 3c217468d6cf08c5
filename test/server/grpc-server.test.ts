/** The gRPC listener itself: binding, extra services, and stopping in order. */
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGrpcServer } from '../../src/server/grpc-server.js';
import { silentLogger } from '../../src/shared/logger.js';
import { FakeNode } from '../support/fake-node-api.js';
import { failure, type GrpcFixture, startGrpc, unary } from '../support/grpc-fixture.js';

let node: FakeNode;
let grpc: GrpcFixture;
beforeEach(async () => {
  node = new FakeNode();
  grpc = await startGrpc(node);
});
afterEach(() => grpc.close());

const another = () =>
  createGrpcServer({ node, logger: silentLogger, metrics: { requestFinished: () => undefined } });

describe('listening', () => {
  it('on a port in use fails with the address and what to do', async () => {
    const second = another();
    await expect(second.listen(grpc.address)).rejects.toMatchObject({
      name: 'FatalError',
      kind: 'PORT_IN_USE',
      message: `cannot listen for gRPC on ${grpc.address}: another program uses this port. Stop it, or choose another address with --listen`,
    });
    await second.stop(0);
  });

  it.each(['not an address', '192.0.2.1:7401', 'unix:/no/such/directory/socket'])(
    'on %s is a configuration error',
    async (address) => {
      const second = another();
      await expect(second.listen(address)).rejects.toMatchObject({
        name: 'FatalError',
        kind: 'CONFIG',
        message: expect.stringContaining(`cannot listen for gRPC on ${address} (--listen)`) as string,
      });
      await second.stop(0);
    },
  );
});

describe('stopping', () => {
  it('lets calls under way finish, takes no new ones, and is idempotent', async () => {
    node.hold();
    const underWay = unary(grpc.streams, grpc.streams.CreateStream, { name: 'app' });
    while (!node.seen.some((call) => call.method === 'propose')) await new Promise(setImmediate);
    let isStopped = false;
    const stopped = grpc.server.stop(60_000).then(() => {
      isStopped = true;
    });
    expect(grpc.server.stop(60_000)).toBeInstanceOf(Promise);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(isStopped).toBe(false);
    node.release();
    expect((await underWay).stream?.name).toBe('app');
    await stopped;
    expect(await failure(unary(grpc.streams, grpc.streams.GetStream, { name: 'app' }))).toMatchObject({
      code: status.UNAVAILABLE,
    });
  });

  it('is bounded by the grace, whatever a call does', async () => {
    node.hold();
    const underWay = failure(unary(grpc.streams, grpc.streams.CreateStream, { name: 'app' }));
    while (!node.seen.some((call) => call.method === 'propose')) await new Promise(setImmediate);
    await grpc.server.stop(20);
    expect((await underWay).code).not.toBe(status.OK);
    node.release();
  });
});
