/**
 * What a DeleteObjects answer says about each key that was asked for (P6). Pure.
 *
 * Servers differ in what they echo: some leave out the version of an unversioned object, some leave
 * out `Deleted` entries altogether. A key is matched by key and version first, then by key alone where
 * that is unambiguous; what is not mentioned is `unaccounted`.
 */
import { ObjectStoreError, type DeleteOutcome, type DeleteTarget } from './object-store.js';
import { isGone, readErrorElement, s3Error } from './s3-errors.js';
import { childText, parseXml, XmlError, type XmlElement } from './xml.js';

/** Throws TRANSIENT when the answer is not a whole `DeleteResult`: every key is then unknown. */
export function parseDeleteAnswer(
  body: string,
  asked: readonly DeleteTarget[],
  doing: string,
  where: string,
): readonly DeleteOutcome[] {
  const answers = new Map<
    string,
    { readonly versionId: string | undefined; readonly outcome: DeleteOutcome }[]
  >();
  for (const element of parseRoot(body, doing, where).children) {
    if (element.name !== 'Deleted' && element.name !== 'Error') continue;
    const key = childText(element, 'Key');
    if (key === undefined) continue;
    const entry = { versionId: childText(element, 'VersionId'), outcome: outcomeOf(element, key, where) };
    const found = answers.get(key);
    if (found === undefined) answers.set(key, [entry]);
    else found.push(entry);
  }
  return asked.map((target) => {
    const entries = answers.get(target.key) ?? [];
    const wanted = target.versionId;
    const exact = entries.find((entry) => entry.versionId === wanted);
    const loose =
      wanted === undefined || wanted === 'null'
        ? entries.find(
            (entry) => entry.versionId === undefined || entry.versionId === '' || entries.length === 1,
          )
        : undefined;
    return (exact ?? loose)?.outcome ?? { kind: 'unaccounted' };
  });
}

function outcomeOf(element: XmlElement, key: string, where: string): DeleteOutcome {
  if (element.name === 'Deleted') return { kind: 'deleted' };
  const said = readErrorElement(element);
  if (isGone(said.code)) return { kind: 'deleted' };
  return { kind: 'failed', error: s3Error({ status: 0, ...said }, `deleting ${JSON.stringify(key)}`, where) };
}

function parseRoot(body: string, doing: string, where: string): XmlElement {
  const malformed = (what: string): ObjectStoreError =>
    new ObjectStoreError(
      'TRANSIENT',
      'MalformedAnswer',
      `${doing} at ${where}: ${what}; the keys may be deleted or not`,
    );
  try {
    const root = parseXml(body);
    // S3's own name is DeleteResult; older radosgw says DeleteResult too, some gateways DeleteObjectsResult.
    if (
      root.name !== 'DeleteResult' &&
      root.name !== 'DeleteObjectsResult' &&
      root.name !== 'DeleteObjectsOutput'
    ) {
      throw malformed(`the answer is a <${root.name}>`);
    }
    return root;
  } catch (error) {
    if (error instanceof XmlError) throw malformed(`the answer is not whole XML (${error.message})`);
    throw error;
  }
}
