// A small XML reader, enough for TwiML: elements, attributes, text, entities, comments and CDATA.

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** The text directly inside, without that of the children, white space trimmed at both ends. */
  readonly text: string;
}

/** The document is not well-formed, or not XML at all. Twilio's error 12100. */
export class XmlError extends Error {
  override readonly name = 'XmlError';
}

interface OpenElement {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: XmlElement[];
  text: string;
}

const TOKEN =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[([\s\S]*?)\]\]>|<\/([\w:.-]+)\s*>|<([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/y;
const ATTRIBUTE = /([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** @throws XmlError. Twilio, too, refuses a blank before the XML declaration. */
export function parseXml(document: string): XmlElement {
  if (/^\s+<\?xml/.test(document)) throw new XmlError('white space before the XML declaration');
  const root: OpenElement = { name: '', attributes: {}, children: [], text: '' };
  const open: OpenElement[] = [root];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < document.length) {
    const at = TOKEN.lastIndex;
    const token = TOKEN.exec(document);
    if (token === null) throw new XmlError(`unreadable at character ${at}: ${document.slice(at, at + 30)}`);
    takeToken(token, open);
  }
  if (open.length > 1) throw new XmlError(`<${open.at(-1)?.name ?? ''}> is not closed`);
  const [element] = root.children;
  if (element === undefined || root.children.length > 1 || root.text.trim() !== '') {
    throw new XmlError('a document has exactly one outermost element');
  }
  return element;
}

function takeToken(token: RegExpExecArray, open: OpenElement[]): void {
  const [, cdata, closing, opening, attributes = '', selfClosing, text] = token;
  const current = open.at(-1);
  if (current === undefined) throw new XmlError('nothing is open');
  if (cdata !== undefined) current.text += cdata;
  if (text !== undefined) current.text += decodeEntities(text);
  if (opening !== undefined) {
    open.push({ name: opening, attributes: readAttributes(attributes), children: [], text: '' });
    if (selfClosing === '/') closeElement(open, opening);
  }
  if (closing !== undefined) closeElement(open, closing);
}

function closeElement(open: OpenElement[], name: string): void {
  const element = open.pop();
  const parent = open.at(-1);
  if (element?.name !== name || parent === undefined) throw new XmlError(`</${name}> closes nothing`);
  parent.children.push({ ...element, text: element.text.trim() });
}

function readAttributes(source: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name = '', double, single] of source.matchAll(ATTRIBUTE)) {
    if (Object.hasOwn(attributes, name)) throw new XmlError(`attribute ${name} is given twice`);
    attributes[name] = decodeEntities(double ?? single ?? '');
  }
  return attributes;
}

function decodeEntities(text: string): string {
  return text.replace(/&(#x[\da-f]+|#\d+|\w+);|&/gi, (whole, name: string | undefined) => {
    if (name === undefined) throw new XmlError('a bare & in text');
    if (/^#x/i.test(name)) return String.fromCodePoint(Number.parseInt(name.slice(2), 16));
    if (name.startsWith('#')) return String.fromCodePoint(Number(name.slice(1)));
    const known = ENTITIES[name];
    if (known === undefined) throw new XmlError(`unknown entity ${whole}`);
    return known;
  });
}
