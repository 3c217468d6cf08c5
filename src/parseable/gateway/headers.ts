/**
 * Headers on their way to a node: what belongs to one connection alone is taken off, and where the request came from is
 * put on. Done before anybody looks at the headers, so that what is decided on is what the node gets.
 */
import type { IncomingHttpHeaders } from 'node:http';

const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'upgrade',
  'http2-settings',
  // Answered by the gateway, when the node is ready for the body.
  'expect',
];

/** `transfer-encoding` and `content-length` frame the body, and the HTTP library sets the former itself. */
const FRAMING = new Set(['transfer-encoding', 'content-length', 'host']);

export interface Sender {
  readonly remoteAddress: string | undefined;
  readonly isTls: boolean;
}

/** Changes `headers`. */
export function prepareRequestHeaders(headers: IncomingHttpHeaders, sender: Sender): void {
  removeHopByHop(headers);
  addForwarded(headers, sender);
}

/** Changes `headers`. What a proxy before this one said is kept, and continued. */
export function addForwarded(headers: IncomingHttpHeaders, sender: Sender): void {
  const { remoteAddress, isTls } = sender;
  const before = headers['x-forwarded-for'];
  if (remoteAddress !== undefined) {
    const trail = typeof before === 'string' && before !== '' ? `${before}, ` : '';
    headers['x-forwarded-for'] = `${trail}${remoteAddress}`;
  }
  headers['x-forwarded-proto'] ??= isTls ? 'https' : 'http';
  if (headers.host !== undefined) headers['x-forwarded-host'] ??= headers.host;
}

/** Changes `headers`: also what the header `Connection` names. */
export function removeHopByHop(headers: IncomingHttpHeaders): void {
  const named = (headers.connection ?? '').split(',').map((token) => token.trim().toLowerCase());
  for (const name of [...HOP_BY_HOP, ...named]) if (!FRAMING.has(name)) Reflect.deleteProperty(headers, name);
}
