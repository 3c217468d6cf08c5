/**
 * The frames of RaftService.InstallSnapshot: header, chunks, end. The sender's side numbers and sums
 * what it sends; the receiver's side refuses whatever is out of order, damaged or cut short, so that
 * only a snapshot that arrived whole is ever swapped in.
 */
import { crc32c } from '@node-rs/crc32';
import type {
  InstallSnapshotRequest,
  InstallSnapshotRequest__Output,
} from '../generated/sexton/raft/v1/InstallSnapshotRequest.js';
import type {
  SnapshotHeader as SnapshotHeaderMessage,
  SnapshotHeader__Output,
} from '../generated/sexton/raft/v1/SnapshotHeader.js';
import type { SnapshotHeader, SnapshotProgress } from '../storage/node-storage.js';
import { COUNT_MAX } from '../raft/message-check.js';
import type { MemberId, Term } from '../raft/types.js';
import { assert } from '../shared/assert.js';
import { DecodeError } from '../shared/binary.js';
import { decodeConfiguration, encodeConfiguration } from '../shared/configuration-codec.js';
import type { Decoded } from './decoded.js';

/** One chunk on the wire. The storage makes chunks of at most a quarter of it. */
const CHUNK_BYTES_MAX = 2 * 1024 * 1024;

const NOTHING: SnapshotProgress = { chunks: 0, checksum: 0 };

export interface SnapshotPreamble {
  readonly clusterId: string;
  readonly from: MemberId;
  readonly to: MemberId;
  /** The sender's current term. */
  readonly term: Term;
  readonly header: SnapshotHeader;
  /** For progress display only. */
  readonly approximateBytes: number;
}

/** The header as it is offered. Before a stream that goes on in the middle: with `after`. */
export function toSnapshotHeader(
  preamble: SnapshotPreamble,
  after: SnapshotProgress = NOTHING,
): SnapshotHeaderMessage {
  const { meta, chain } = preamble.header;
  return {
    clusterId: preamble.clusterId,
    from: preamble.from,
    to: preamble.to,
    term: preamble.term,
    snapshotIndex: meta.index,
    snapshotTerm: meta.term,
    configuration: Buffer.from(encodeConfiguration(meta.configuration)),
    chainChecksum: chain,
    approximateBytes: preamble.approximateBytes,
    resumeAfter: after.chunks,
    resumeChecksum: after.checksum,
  };
}

/** Makes the frames of one stream, in the order in which its methods are called. */
export class SnapshotFrameWriter {
  readonly #after: SnapshotProgress;
  #sequence: number;
  #checksum: number;

  /** `after`: what the receiver holds; numbers and checksum go on from there. */
  constructor(after: SnapshotProgress = NOTHING) {
    this.#after = after;
    this.#sequence = after.chunks;
    this.#checksum = after.checksum;
  }

  header(preamble: SnapshotPreamble): InstallSnapshotRequest {
    return { header: toSnapshotHeader(preamble, this.#after) };
  }

  chunk(data: Uint8Array): InstallSnapshotRequest {
    assert(data.length <= CHUNK_BYTES_MAX, () => `a snapshot chunk of ${data.length} bytes`);
    this.#sequence++;
    this.#checksum = crc32c(data, this.#checksum);
    return { chunk: { sequence: this.#sequence, data, checksum: crc32c(data) } };
  }

  end(): InstallSnapshotRequest {
    return { end: { recordCount: this.#sequence, checksum: this.#checksum } };
  }
}

export type SnapshotFrame =
  | { readonly kind: 'header'; readonly preamble: SnapshotPreamble; readonly after: SnapshotProgress }
  | { readonly kind: 'chunk'; readonly data: Buffer }
  /** Everything arrived; only now may the snapshot be committed. */
  | { readonly kind: 'end' };

/** Checks the frames of one call. After a refusal the call is over. */
export class SnapshotFrameReader {
  #state: 'header' | 'chunks' | 'ended' = 'header';
  #sequence = 0;
  #checksum = 0;

  read(request: InstallSnapshotRequest__Output): Decoded<SnapshotFrame> {
    if (this.#state === 'header') {
      if (!request.header) return invalid('the first frame must be the header');
      const header = readSnapshotHeader(request.header);
      if (!header.ok) return header;
      const { preamble, after } = header.value;
      this.#state = 'chunks';
      this.#sequence = after.chunks;
      this.#checksum = after.checksum;
      return { ok: true, value: { kind: 'header', preamble, after } };
    }
    if (this.#state === 'ended') return invalid('a frame after the end');
    if (request.chunk) {
      const { sequence, data, checksum } = request.chunk;
      this.#sequence++;
      if (sequence !== this.#sequence) return loss(`chunk ${sequence} where ${this.#sequence} must follow`);
      if (crc32c(data) !== checksum) return loss(`the checksum of chunk ${sequence} does not match`);
      this.#checksum = crc32c(data, this.#checksum);
      return { ok: true, value: { kind: 'chunk', data } };
    }
    if (!request.end) return invalid('a frame that is neither chunk nor end');
    if (request.end.recordCount !== this.#sequence) {
      return loss(`${this.#sequence} chunks arrived of ${request.end.recordCount}`);
    }
    if (request.end.checksum !== this.#checksum) return loss('the checksum of the whole does not match');
    this.#state = 'ended';
    return { ok: true, value: { kind: 'end' } };
  }

  /** The call was half-closed; false means that what came is not a whole snapshot. */
  get complete(): boolean {
    return this.#state === 'ended';
  }
}

export function readSnapshotHeader(
  header: SnapshotHeader__Output,
): Decoded<{ readonly preamble: SnapshotPreamble; readonly after: SnapshotProgress }> {
  const { clusterId, from, to, term, snapshotIndex, snapshotTerm, approximateBytes } = header;
  if (!Number.isSafeInteger(header.resumeAfter)) return invalid(`resume_after is ${header.resumeAfter}`);
  for (const [name, value] of Object.entries({ from, to, term, snapshotIndex, snapshotTerm })) {
    if (!Number.isSafeInteger(value) || value <= 0 || value > COUNT_MAX)
      return invalid(`the header's ${name} is ${value}`);
  }
  if (snapshotTerm > term) return invalid(`a snapshot of term ${snapshotTerm} from a sender in term ${term}`);
  try {
    const configuration = decodeConfiguration(header.configuration);
    const meta = { index: snapshotIndex, term: snapshotTerm, configuration };
    const preamble: SnapshotPreamble = {
      clusterId,
      from,
      to,
      term,
      header: { meta, chain: header.chainChecksum },
      approximateBytes,
    };
    const after = { chunks: header.resumeAfter, checksum: header.resumeChecksum };
    return { ok: true, value: { preamble, after } };
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause;
    return invalid(`the header's configuration: ${cause.message}`);
  }
}

function invalid(cause: string): Decoded<never> {
  return { ok: false, code: 'INVALID_ARGUMENT', cause };
}

function loss(cause: string): Decoded<never> {
  return { ok: false, code: 'DATA_LOSS', cause };
}
