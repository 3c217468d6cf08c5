import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { childText, escapeXml, isXmlText, parseXml, XmlError } from '../../src/objectstore/xml.js';

describe('the XML reader', () => {
  it('reads elements and text, and drops what it need not know', () => {
    const root = parseXml(
      '\ufeff<?xml version="1.0"?><!DOCTYPE x><!-- c --><s3:R xmlns:s3="http://x" a="1>2"><Key> a &lt;&amp;&#65;&#x1F600;&unknown; </Key><E/><K><![CDATA[<raw>&amp;]]></K></s3:R>\n',
    );
    expect(root.name).toBe('R');
    expect(childText(root, 'Key')).toBe(' a <&A😀&unknown; ');
    expect(childText(root, 'E')).toBe('');
    expect(childText(root, 'K')).toBe('<raw>&amp;');
    expect(childText(root, 'Absent')).toBeUndefined();
  });

  it.each([
    '',
    'text',
    '<a>',
    '<a',
    '<a></b>',
    '<a/><b/>',
    '<a></a>text',
    '</a>',
    '<>',
    '<a><!-- </a>',
    '<a><b></a></b>',
    '<a>'.repeat(40),
  ])('refuses %j', (source) => {
    expect(() => parseXml(source)).toThrow(XmlError);
  });

  it('refuses every document that ends early', () => {
    const whole = '<?xml version="1.0"?><R><Contents><Key a="x">k&amp;</Key></Contents><T>false</T></R>';
    for (let length = 0; length < whole.length; length++)
      expect(() => parseXml(whole.slice(0, length))).toThrow(XmlError);
  });

  it('reads back any text that it escaped', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }).filter(isXmlText), (text) => {
        expect(childText(parseXml(`<R><K>${escapeXml(text)}</K></R>`), 'K')).toBe(text);
      }),
    );
  });

  it('knows what XML cannot carry', () => {
    for (const text of ['\0', 'a\u0001', '\u001f', '\ufffe', '\uffff']) expect(isXmlText(text)).toBe(false);
    for (const text of ['', 'a\t\n\r', '\u007f', 'é🪦', '\ufffd']) expect(isXmlText(text)).toBe(true);
  });
});
