/** The XML that the endpoint answers with. */
import { escapeXml } from '../../../src/objectstore/xml.js';

export type XmlFields = readonly (readonly [name: string, value: string | number | boolean | undefined])[];

/** Elements in order; undefined ones are left out. */
export function fields(list: XmlFields): string {
  return list
    .map(([name, value]) => (value === undefined ? '' : `<${name}>${escapeXml(String(value))}</${name}>`))
    .join('');
}

export function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

export function document(name: string, content: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${name}>`;
}

export function errorDocument(code: string, message: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${fields([
    ['Code', code],
    ['Message', message],
    ['RequestId', 'TEST'],
  ])}</Error>`;
}
