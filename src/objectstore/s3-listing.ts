/**
 * Pages of the three listings that a purge needs: current objects, versions with delete markers, and
 * unfinished uploads.
 *
 * A listing decides what is deleted and what counts as gone, so an answer is believed only when it is
 * whole (P4): the expected root element, `IsTruncated` said, a way to go on where more is to come, and no key
 * outside the prefix that was asked for (a server that ignored `prefix` would have us delete what lives).
 * Keys travel percent-encoded (`encoding-type=url`), since XML cannot carry all of them; those of uploads do not.
 */
import { pageKeys } from './limits.js';
import { ObjectStoreError } from './object-store.js';
import type {
  CallOptions,
  ListOptions,
  ObjectInfo,
  ObjectPage,
  Page,
  UploadInfo,
  VersionPage,
} from './object-store.js';
import { textOf, type S3Response, type S3Transport } from './s3-transport.js';
import { childText, parseXml, XmlError, type XmlElement } from './xml.js';

type PlainListOptions = Omit<ListOptions, 'startAfter' | 'delimiter'>;

export async function listObjects(
  transport: S3Transport,
  options: ListOptions,
  call: CallOptions,
): Promise<ObjectPage> {
  const doing = `listing ${JSON.stringify(options.prefix)}`;
  const query = {
    'list-type': '2',
    'encoding-type': 'url',
    'max-keys': String(pageKeys(options.maxKeys)),
    prefix: options.prefix,
    ...(options.delimiter === undefined ? {} : { delimiter: options.delimiter }),
    ...(options.page !== undefined ? { 'continuation-token': options.page } : {}),
    ...(options.page === undefined && options.startAfter !== undefined
      ? { 'start-after': options.startAfter }
      : {}),
  };
  const answer = await ask(transport, query, 'ListBucketResult', doing, options.prefix, call);
  const items: ObjectInfo[] = [];
  const commonPrefixes: string[] = [];
  for (const element of answer.root.children) {
    if (element.name === 'Contents') items.push(answer.object(element));
    else if (element.name === 'CommonPrefixes') commonPrefixes.push(answer.key(element, 'Prefix'));
  }
  return {
    items,
    commonPrefixes,
    next: answer.next(options.page, childText(answer.root, 'NextContinuationToken')),
  };
}

export async function listVersions(
  transport: S3Transport,
  options: Omit<ListOptions, 'startAfter'>,
  call: CallOptions,
): Promise<VersionPage> {
  const doing = `listing versions of ${JSON.stringify(options.prefix)}`;
  const { key, id } = splitToken(options.page);
  const query = {
    versions: '',
    'encoding-type': 'url',
    'max-keys': String(pageKeys(options.maxKeys)),
    prefix: options.prefix,
    ...(options.delimiter === undefined ? {} : { delimiter: options.delimiter }),
    ...(options.page === undefined ? {} : versionMarkers(key, id)),
  };
  const answer = await ask(transport, query, 'ListVersionsResult', doing, options.prefix, call);
  const items = answer.root.children
    .filter((element) => element.name === 'Version' || element.name === 'DeleteMarker')
    .map((element) => ({
      ...answer.object(element),
      versionId: childText(element, 'VersionId') ?? 'null',
      isDeleteMarker: element.name === 'DeleteMarker',
      isLatest: childText(element, 'IsLatest') === 'true',
    }));
  const commonPrefixes = answer.root.children
    .filter((element) => element.name === 'CommonPrefixes')
    .map((element) => answer.key(element, 'Prefix'));
  const next = answer.next(options.page, answer.token('NextKeyMarker', 'NextVersionIdMarker'));
  return { items, commonPrefixes, next };
}

/** A page that ends with a common prefix has a key to go on from and no version: an empty marker is refused. */
function versionMarkers(key: string, id: string): Record<string, string> {
  return id === '' ? { 'key-marker': key } : { 'key-marker': key, 'version-id-marker': id };
}

export async function listUploads(
  transport: S3Transport,
  options: PlainListOptions,
  call: CallOptions,
): Promise<Page<UploadInfo>> {
  const doing = `listing unfinished uploads of ${JSON.stringify(options.prefix)}`;
  const { key, id } = splitToken(options.page);
  // Without encoding-type: radosgw 16 encodes the keys of uploads when it is asked to, and does not say so in
  // its answer. An abort of the key as it stands there ends an upload that does not exist, which is a success.
  const query = {
    uploads: '',
    'max-uploads': String(pageKeys(options.maxKeys)),
    prefix: options.prefix,
    ...(options.page === undefined ? {} : { 'key-marker': key, 'upload-id-marker': id }),
  };
  const answer = await ask(transport, query, 'ListMultipartUploadsResult', doing, options.prefix, call);
  const items = answer.root.children
    .filter((element) => element.name === 'Upload')
    .map((element) => ({
      key: answer.key(element, 'Key'),
      uploadId: answer.text(element, 'UploadId'),
      initiatedMs: answer.time(element, 'Initiated'),
    }));
  return { items, next: answer.next(options.page, answer.token('NextKeyMarker', 'NextUploadIdMarker')) };
}

/** A marker is a key and an id, which has no line break; a key may have any. */
function splitToken(page: string | undefined): { key: string; id: string } {
  const at = page?.indexOf('\n') ?? -1;
  if (page === undefined || at < 0) return { key: '', id: '' };
  return { key: page.slice(at + 1), id: page.slice(0, at) };
}

async function ask(
  transport: S3Transport,
  query: Readonly<Record<string, string>>,
  rootName: string,
  doing: string,
  prefix: string,
  call: CallOptions,
): Promise<Answer> {
  const response = await transport.call({ method: 'GET', query }, doing, call);
  const malformed = (what: string): ObjectStoreError =>
    new ObjectStoreError('TRANSIENT', 'MalformedAnswer', `${doing} at ${transport.where}: ${what}`);
  return new Answer(parseAnswer(response, rootName, malformed), prefix, malformed);
}

function parseAnswer(
  response: S3Response,
  rootName: string,
  malformed: (what: string) => ObjectStoreError,
): XmlElement {
  try {
    const root = parseXml(textOf(response));
    if (root.name !== rootName) throw malformed(`the answer is a <${root.name}>, not a <${rootName}>`);
    return root;
  } catch (error) {
    if (error instanceof XmlError) throw malformed(`the answer is not whole XML: ${error.message}`);
    throw error;
  }
}

class Answer {
  readonly root: XmlElement;
  readonly #prefix: string;
  readonly #malformed: (what: string) => ObjectStoreError;
  readonly #encoded: boolean;
  readonly #truncated: boolean;

  constructor(root: XmlElement, prefix: string, malformed: (what: string) => ObjectStoreError) {
    this.root = root;
    this.#prefix = prefix;
    this.#malformed = malformed;
    this.#encoded = childText(root, 'EncodingType')?.toLowerCase() === 'url';
    const truncated = childText(root, 'IsTruncated')?.trim().toLowerCase();
    if (truncated !== 'true' && truncated !== 'false')
      throw malformed('the answer does not say whether more is to come');
    this.#truncated = truncated === 'true';
  }

  text(element: XmlElement, name: string): string {
    const text = childText(element, name);
    if (text === undefined) throw this.#malformed(`a <${element.name}> without its <${name}>`);
    return text;
  }

  key(element: XmlElement, name: string): string {
    const key = this.#decode(this.text(element, name));
    if (key.startsWith(this.#prefix)) return key;
    throw this.#malformed(
      `the answer has ${JSON.stringify(key)}, which is not under the prefix that was asked for`,
    );
  }

  time(element: XmlElement, name: string): number {
    const ms = Date.parse(this.text(element, name));
    if (Number.isNaN(ms)) throw this.#malformed(`<${name}> of a <${element.name}> is no time`);
    return ms;
  }

  object(element: XmlElement): ObjectInfo {
    const sizeBytes = Number(childText(element, 'Size') ?? 0);
    if (!Number.isSafeInteger(sizeBytes)) throw this.#malformed(`<Size> of a <${element.name}> is no size`);
    return {
      key: this.key(element, 'Key'),
      sizeBytes,
      lastModifiedMs: this.time(element, 'LastModified'),
      etag: childText(element, 'ETag') ?? '',
    };
  }

  token(keyName: string, idName: string): string | undefined {
    const key = childText(this.root, keyName);
    if (key === undefined) return undefined;
    return `${childText(this.root, idName) ?? ''}\n${this.#decode(key)}`;
  }

  /** Where to go on. A server that has more but not where, or hands back where we were, would loop us for ever. */
  next(page: string | undefined, token: string | undefined): string | undefined {
    if (!this.#truncated) return undefined;
    if (token === undefined || token === '')
      throw this.#malformed('the answer has more to come but does not say where');
    if (token === page) throw this.#malformed('the listing does not get ahead');
    return token;
  }

  #decode(text: string): string {
    if (!this.#encoded || !/[%+]/.test(text)) return text;
    try {
      // AWS writes a space as a plus sign, and a plus sign as %2B.
      return decodeURIComponent(text.replaceAll('+', ' '));
    } catch {
      throw this.#malformed(`${JSON.stringify(text)} is not percent-encoded UTF-8`);
    }
  }
}
