/** MutateStreams over real gRPC: order, answers of both kinds, half-close, bounds, and how a call ends. */
import type { ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MutateStreamsRequest } from '../../src/generated/sexton/v1/MutateStreamsRequest.js';
import type { MutateStreamsResponse__Output } from '../../src/generated/sexton/v1/MutateStreamsResponse.js';
import type { StreamMutation } from '../../src/generated/sexton/v1/StreamMutation.js';
import type { StreamMutationResult__Output } from '../../src/generated/sexton/v1/StreamMutationResult.js';
import { errorDetails, fromRpcStatus } from '../../src/rpc/status.js';
import { SextonError } from '../../src/shared/errors.js';
import { FakeNode } from '../support/fake-node-api.js';
import { type GrpcFixture, startGrpc } from '../support/grpc-fixture.js';

const IN_FLIGHT_MAX = 64;

let node: FakeNode;
let grpc: GrpcFixture;
let call: ClientDuplexStream<MutateStreamsRequest, MutateStreamsResponse__Output>;
let results: StreamMutationResult__Output[];
let messages: number;
/** Undefined: the call ended well. */
let ended: Promise<ServiceError | undefined>;

beforeEach(async () => {
  node = new FakeNode();
  grpc = await startGrpc(node, { limits: { mutationsInFlightMax: IN_FLIGHT_MAX } });
  open();
});
afterEach(async () => {
  call.cancel();
  node.release();
  await grpc.close();
});

function open(): void {
  results = [];
  messages = 0;
  call = grpc.streams.MutateStreams();
  call.on('data', (message: MutateStreamsResponse__Output) => {
    messages++;
    results.push(...message.results);
  });
  ended = new Promise((resolve) => {
    call.on('end', () => resolve(undefined));
    call.on('error', (error) => resolve(error as ServiceError));
  });
}

const create = (sequence: number, name = `s${sequence}`): StreamMutation => ({
  sequence,
  createStream: { name },
});
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at);
const send = (mutations: StreamMutation[]): boolean => call.write({ mutations });
const proposed = (): string[] =>
  node.seen.flatMap(({ command }) => (command?.kind === 'createStream' ? [command.name] : []));
const reasonOf = (result: StreamMutationResult__Output | undefined): string | undefined =>
  result?.error ? fromRpcStatus(result.error, { readOnly: false }).reason : undefined;

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

describe('a pipeline', () => {
  it('proposes in the order sent, over frames, and answers everything after the half-close', async () => {
    for (let frame = 0; frame < 20; frame++)
      send(range(frame * 50 + 1, frame * 50 + 50).map((at) => create(at)));
    call.end();
    expect(await ended).toBeUndefined();
    expect(proposed()).toEqual(range(1, 1000).map((at) => `s${at}`));
    expect(results.map((result) => result.sequence).sort((a, b) => a - b)).toEqual(range(1, 1000));
    expect(results.every((result) => result.stream?.name === `s${result.sequence}`)).toBe(true);
  });

  it('sends answers that become known together in one message', async () => {
    node.hold();
    send(range(1, 50).map((at) => create(at)));
    await until(() => proposed().length === 50);
    node.release();
    call.end();
    await ended;
    expect(results).toHaveLength(50);
    expect(messages).toBeLessThan(5);
  });

  it('lets each mutation succeed or fail by itself, with the errors of the single calls', async () => {
    send([
      create(1, 'app'),
      create(2, 'app'),
      { sequence: 3, deleteStream: { name: 'app' } },
      { sequence: 4, deleteStream: { name: 'never' } },
      { sequence: 5, deleteStream: { name: 'never', allowMissing: true } },
      { sequence: 6 },
      create(7, 'no/good'),
      { sequence: 8, deleteStream: { name: 'app', gracePeriod: { seconds: -1 } } },
      { sequence: 9, createStream: { name: 'only-asked', validateOnly: true } },
    ]);
    call.end();
    expect(await ended).toBeUndefined();
    const bySequence = new Map(results.map((result) => [result.sequence, result]));
    expect(bySequence.get(1)?.stream).toMatchObject({ name: 'app', state: 'STREAM_STATE_ACTIVE' });
    expect(reasonOf(bySequence.get(2))).toBe('STREAM_EXISTS');
    expect(bySequence.get(2)?.error?.code).toBe(status.ALREADY_EXISTS);
    expect(bySequence.get(3)?.stream).toMatchObject({ name: 'app', state: 'STREAM_STATE_DELETED' });
    expect(reasonOf(bySequence.get(4))).toBe('STREAM_NOT_FOUND');
    expect(bySequence.get(5)?.result).toBeUndefined();
    for (const [sequence, field] of [
      [6, 'mutation'],
      [7, 'name'],
      [8, 'grace_period'],
    ] as const) {
      const error = fromRpcStatus(bySequence.get(sequence)!.error!, { readOnly: false });
      expect(
        error.violations.map((violation) => violation.field),
        `mutation ${sequence}`,
      ).toEqual([field]);
    }
    expect(bySequence.get(9)?.stream).toMatchObject({ name: 'only-asked', incarnation: 0 });
  });

  it('holds a sender that runs ahead back, and goes on when answers have left', async () => {
    node.hold();
    const total = 600;
    for (const at of range(1, total)) send([create(at, `s${at}-${'x'.repeat(200)}`)]);
    await until(() => proposed().length >= IN_FLIGHT_MAX);
    await new Promise((resolve) => setTimeout(resolve, 100));
    // Frames that were already on their way up may still come in; not all of them.
    expect(proposed().length).toBeLessThan(IN_FLIGHT_MAX + 32);
    node.release();
    call.end();
    expect(await ended).toBeUndefined();
    expect(results).toHaveLength(total);
  });

  it('passes request ids on, so that a repetition changes nothing', async () => {
    const requestId = '8a6c1f0e-5d0b-4c9e-9c57-2f1f2f0d3b11';
    send([{ sequence: 1, createStream: { name: 'app', requestId } }]);
    send([{ sequence: 2, createStream: { name: 'app', requestId } }]);
    call.end();
    await ended;
    expect(results.map((result) => result.stream?.incarnation)).toEqual([1, 1]);
  });
});

describe('a pipeline ends', () => {
  it.each<[string, StreamMutation[], RegExp]>([
    ['an empty frame', [], /mutations has 0 entries|mutations.*0 entries/],
    ['a frame of too many', range(4, 1004).map((at) => create(at)), /1001 entries; 1 to 1000/],
    ['a sequence that stands still', [create(3)], /sequence.*is 3; it must be above 3/],
    ['a sequence that goes back within a frame', [create(5), create(4)], /mutations\[1\]\.sequence/],
    ['a sequence of 0', [{ createStream: { name: 'a' } }], /sequence/],
    ['a sequence of 2^53', [{ sequence: '9007199254740992', createStream: { name: 'a' } }], /sequence/],
  ])('with INVALID_ARGUMENT for %s, after everything before it was answered', async (_name, bad, text) => {
    node.hold();
    send([create(1), create(3)]);
    send(bad);
    send([create(9000)]);
    await until(() => proposed().length === 2);
    node.release();
    const error = await ended;
    expect(error?.code).toBe(status.INVALID_ARGUMENT);
    expect(errorDetails(error)?.reason).toBe('INVALID_ARGUMENT');
    expect(error?.details).toMatch(text);
    expect(results.map((result) => result.sequence)).toEqual([1, 3]);
    expect(proposed(), 'nothing of the bad frame, nothing after it').toEqual(['s1', 's3']);
  });

  it('with INVALID_ARGUMENT for a frame over 1 MiB', async () => {
    const labels = Object.fromEntries(range(1, 60).map((at) => [`key${at}`, 'v'.repeat(250)]));
    send(range(1, 100).map((sequence) => ({ sequence, createStream: { name: `s${sequence}`, labels } })));
    const error = await ended;
    expect(error?.code).toBe(status.INVALID_ARGUMENT);
    expect(error?.details).toMatch(/at most 1048576 are allowed/);
    expect(proposed()).toEqual([]);
  });

  it('with NODE_STOPPING when the server stops, after what was proposed is answered', async () => {
    node.hold();
    send([create(1), create(2)]);
    await until(() => proposed().length === 2);
    const stopped = grpc.server.stop(60_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    node.release();
    const error = await ended;
    expect(errorDetails(error)?.reason).toBe('NODE_STOPPING');
    expect(results.map((result) => result.stream?.name)).toEqual(['s1', 's2']);
    await stopped;
  });

  it('with INTERNAL for what nobody expected', async () => {
    node.failNext = new TypeError('bug');
    send([create(1)]);
    expect(errorDetails(await ended)?.reason).toBe('INTERNAL');
  });

  it('without a trace when its caller hangs up: what was proposed still happens', async () => {
    node.hold();
    send([create(1)]);
    await until(() => proposed().length === 1);
    call.cancel();
    expect((await ended)?.code).toBe(status.CANCELLED);
    // The client knows at once; only what the server answers after it has noticed is an answer to nobody.
    await until(() => grpc.requests.length === 1);
    expect(grpc.requests[0]?.code).toBe('CANCELLED');
    node.release();
    await until(() => node.appliedIndex() === 1);
  });

  it('only for itself: a refusal by an overloaded node is one mutation’s answer', async () => {
    node.failNext = new SextonError('TOO_MANY_REQUESTS', 'full', { retryAfterMs: 100 });
    send([create(1), create(2)]);
    call.end();
    expect(await ended).toBeUndefined();
    expect(results.map(reasonOf).sort()).toEqual(['TOO_MANY_REQUESTS', undefined]);
  });
});
