/**
 * Just enough XML for the answers of S3 servers: elements and their text, nothing else.
 *
 * Strict where a wrong reading would be dangerous: a body that ends early, or is not one closed
 * element, throws, because half a listing must not read as a short one. Tolerant elsewhere: name
 * spaces and attributes are dropped, unknown entities stay as they are, white space is kept (it may
 * be part of a key). No DTD is ever expanded.
 */

export interface XmlElement {
  /** Without its name space prefix. */
  readonly name: string;
  readonly children: readonly XmlElement[];
  /** Character data directly inside, joined. */
  readonly text: string;
}

export class XmlError extends Error {
  override readonly name = 'XmlError';
}

interface OpenElement {
  readonly name: string;
  readonly tag: string;
  readonly children: XmlElement[];
  text: string;
}

const DEPTH_MAX = 32;

/** The root element. Throws {@link XmlError}. */
export function parseXml(source: string): XmlElement {
  const open: OpenElement[] = [];
  let root: XmlElement | undefined;
  let at = 0;
  const skipPast = (mark: string, from: number): number => {
    const end = source.indexOf(mark, from);
    if (end < 0) throw new XmlError(`ends inside markup at ${from}`);
    return end + mark.length;
  };
  while (at < source.length) {
    const tagAt = source.indexOf('<', at);
    const text = source.slice(at, tagAt < 0 ? source.length : tagAt);
    const top = open.at(-1);
    if (top !== undefined) top.text += unescapeXml(text);
    else if (/[^\s\ufeff]/.test(text)) throw new XmlError(`text outside the root element at ${at}`);
    if (tagAt < 0) break;
    const second = source[tagAt + 1];
    if (second === '?') {
      at = skipPast('?>', tagAt);
    } else if (second === '!' && source.startsWith('<!--', tagAt)) {
      at = skipPast('-->', tagAt);
    } else if (second === '!' && source.startsWith('<![CDATA[', tagAt)) {
      at = skipPast(']]>', tagAt);
      if (top !== undefined) top.text += source.slice(tagAt + 9, at - 3);
    } else if (second === '!') {
      at = skipPast('>', tagAt);
    } else {
      at = endOfTag(source, tagAt);
      const inner = source.slice(tagAt + 1, at - 1);
      if (inner.startsWith('/')) {
        const closed = open.pop();
        if (closed?.tag !== inner.slice(1).trimEnd())
          throw new XmlError(`unexpected </${inner.slice(1)}> at ${tagAt}`);
        root = attach(open, closed) ?? root;
      } else {
        if (root !== undefined) throw new XmlError(`a second root element at ${tagAt}`);
        if (open.length >= DEPTH_MAX) throw new XmlError(`nested deeper than ${DEPTH_MAX} at ${tagAt}`);
        const tag = nameOf(inner);
        if (tag === '') throw new XmlError(`a tag without a name at ${tagAt}`);
        const element: OpenElement = { name: tag.slice(tag.indexOf(':') + 1), tag, children: [], text: '' };
        if (inner.endsWith('/')) root = attach(open, element) ?? root;
        else open.push(element);
      }
    }
  }
  if (root === undefined)
    throw new XmlError(open.length > 0 ? 'ends before its elements are closed' : 'no element');
  return root;
}

/** Hands the element to its parent; returns it when it is the root. */
function attach(open: readonly OpenElement[], element: OpenElement): XmlElement | undefined {
  const parent = open.at(-1);
  if (parent === undefined) return element;
  parent.children.push(element);
  return undefined;
}

/** The position after the `>` of the tag at `from`; one inside a quoted attribute does not count. */
function endOfTag(source: string, from: number): number {
  let quote = 0;
  for (let at = from + 1; at < source.length; at++) {
    const unit = source.charCodeAt(at);
    if (quote !== 0) quote = unit === quote ? 0 : quote;
    else if (unit === 0x3e) return at + 1;
    else if (unit === 0x22 || unit === 0x27) quote = unit;
  }
  throw new XmlError(`ends inside a tag at ${from}`);
}

/** What of a start tag's inside is its name: up to white space or a slash. */
function nameOf(inner: string): string {
  let at = 0;
  for (; at < inner.length; at++) {
    const unit = inner.charCodeAt(at);
    if (unit <= 0x20 || unit === 0x2f) break;
  }
  return inner.slice(0, at);
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(
    /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-z]{2,4}));/g,
    (whole, decimal, hex, name) => {
      if (name !== undefined) return ENTITIES[name as string] ?? whole;
      const code = decimal === undefined ? parseInt(hex as string, 16) : parseInt(decimal as string, 10);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}

/** The first child of that name, or undefined. */
export function childOf(element: XmlElement, name: string): XmlElement | undefined {
  for (const child of element.children) if (child.name === name) return child;
  return undefined;
}

/** The text of the first child of that name, or undefined. */
export function childText(element: XmlElement, name: string): string | undefined {
  return childOf(element, name)?.text;
}

/** Text for an element's content. White space becomes references, since a parser may normalise it. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"'\t\n\r]/g, (char) => {
    switch (char) {
      case '&':
        return '&amp;';
      case '<':
        return '&lt;';
      case '>':
        return '&gt;';
      default:
        return `&#${char.charCodeAt(0)};`;
    }
  });
}

/** Whether XML 1.0 can carry the text at all: control characters it cannot, not even as references. */
export function isXmlText(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- exactly the characters that XML 1.0 leaves out
  return !/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(text);
}
