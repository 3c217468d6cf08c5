/**
 * Requests that offer another protocol. Node hands each of them over before anybody could say no, with a bare socket.
 * Only WebSockets are passed on. Any other offer, such as the h2c with which some clients begin every plain
 * connection, is ignored as the standard allows: the request is served as if it had not been made.
 */
import type { IncomingMessage } from 'node:http';

export type Upgrade =
  | { readonly kind: 'websocket' }
  /** `head`: the request without the offer, as on the wire. */
  | { readonly kind: 'ignore'; readonly head: Buffer };

const OFFER = new Set(['upgrade', 'http2-settings', 'connection']);

export function upgradeOf(req: IncomingMessage): Upgrade {
  const { method = '', url = '', httpVersion, rawHeaders, headers } = req;
  if (method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket') return { kind: 'websocket' };
  const kept = (headers.connection ?? '')
    .split(',')
    .map((token) => token.trim())
    .filter((token) => token !== '' && !OFFER.has(token.toLowerCase()));
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (!OFFER.has(name.toLowerCase())) lines.push(`${name}: ${rawHeaders[at + 1] ?? ''}`);
  }
  if (kept.length > 0) lines.push(`connection: ${kept.join(', ')}`);
  // As it came: the parser reads headers byte by byte.
  return { kind: 'ignore', head: Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1') };
}
