/** Decodes the `aws-chunked` framing that SDKs use for streamed uploads: `size;chunk-signature=…\r\n data \r\n`, then trailers. */
import { S3Error } from './s3-error.js';

export function decodeAwsChunked(body: Buffer): Buffer {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const end = body.indexOf('\r\n', at);
    const size = end < 0 ? NaN : parseInt(body.toString('latin1', at, end).split(';')[0] ?? '', 16);
    if (Number.isNaN(size)) throw new S3Error(400, 'IncompleteBody', 'The chunked body is malformed.');
    if (size === 0) return Buffer.concat(chunks);
    chunks.push(body.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}
