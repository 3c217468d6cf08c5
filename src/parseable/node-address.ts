/**
 * How a Parseable node is named: by the URL of its HTTP port, `http://ingest-1:8000`. The same text is the
 * node id of its session, so that `sexton session list` and `sexton parseable release` speak of it alike.
 */
import { invalidArgument } from '../shared/errors.js';

/** What a session's node id may hold. */
const NODE_ID_BYTES_MAX = 255;

/**
 * `http://host:port`, `https://host/path`, or `host:port` as Parseable's own settings have it, which means
 * http. Returns it in one spelling. `field` is what the error calls it.
 */
export function parseNodeUrl(text: string, field: string): string {
  const spelt = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(spelt) ? new URL(spelt) : undefined;
  if (url === undefined || url.hostname === '' || !['http:', 'https:'].includes(url.protocol)) {
    throw invalidArgument(field, `is not the URL of a node, for example http://ingest-1:8000`);
  }
  if (url.username !== '' || url.password !== '') {
    throw invalidArgument(field, 'holds credentials; they belong into P_USERNAME and P_PASSWORD');
  }
  if (url.search !== '' || url.hash !== '') {
    throw invalidArgument(field, `has more than a host, a port and a path: ${url.host}${url.pathname}`);
  }
  const node = `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`;
  if (Buffer.byteLength(node) > NODE_ID_BYTES_MAX) {
    throw invalidArgument(field, `is longer than ${NODE_ID_BYTES_MAX} bytes`);
  }
  return node;
}
