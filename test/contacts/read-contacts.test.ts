// Contacts from files as people write them: columns, numbers, zones, consent, and why a row is of no use.
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NewContact } from '../../src/ports/campaign.ts';
import type { RejectedRow } from '../../src/ports/campaign-store.ts';
import { ContactsError, readContacts } from '../../src/contacts/read-contacts.ts';

interface Read {
  readonly contacts: readonly NewContact[];
  readonly rejected: readonly RejectedRow[];
  readonly batches: number;
}

async function read(
  file: string | Buffer | AsyncIterable<Buffer>,
  country: string | null = 'US',
): Promise<Read> {
  const contacts: NewContact[] = [];
  const rejected: RejectedRow[] = [];
  let batches = 0;
  const source =
    typeof file === 'string' || Buffer.isBuffer(file)
      ? (Readable.from([Buffer.from(file)]) as AsyncIterable<Buffer>)
      : file;
  for await (const batch of readContacts(source, country)) {
    contacts.push(...batch.contacts);
    rejected.push(...batch.rejected);
    batches += 1;
  }
  return { contacts, rejected, batches };
}

const reasons = ({ rejected }: Read): readonly string[] =>
  rejected.map(({ line, reason }) => `${line}: ${reason}`);

describe('a file of contacts', () => {
  it('gives numbers, zones, consent and the agent’s values', async () => {
    const { contacts } = await read(
      'Phone,Name,consent_who,Consent When,consent-how,Appointment Day\n' +
        '(212) 555-0101,"Anna, of Bergen",Anna,2026-01-02,web form,Friday\n' +
        '+49 30 123456,Béla,,,,Monday\n',
    );
    expect(contacts).toEqual([
      {
        number: '+12125550101',
        zones: ['America/New_York'],
        variables: { name: 'Anna, of Bergen', 'appointment-day': 'Friday' },
        consent: { who: 'Anna', when: '2026-01-02', how: 'web form' },
        line: 2,
      },
      {
        number: '+4930123456',
        zones: ['Europe/Berlin'],
        variables: { name: 'Béla', 'appointment-day': 'Monday' },
        consent: null,
        line: 3,
      },
    ]);
  });

  it.each([',', ';', '\t', '|'])(
    'may be divided by %j, begin with a mark, and end lines in any way',
    async (mark) => {
      const { contacts } = await read(
        `\uFEFFname${mark}number\r\nAnna${mark}+12125550101\r\n\r\nBo${mark}+12125550102`,
      );
      expect(contacts.map(({ number, variables }) => [number, variables['name']])).toEqual([
        ['+12125550101', 'Anna'],
        ['+12125550102', 'Bo'],
      ]);
    },
  );

  it('says of each row that is of no use why', async () => {
    const rows = await read(
      'number,tz\n+12125550101,\n,\nabc,\n+1 212 555 010,\n+19005550123,\n+12125550101,\n+12125550102,Mars/Base\n' +
        '+12125550103,a,b\n"+12125550104","America/Chicago"\n',
    );
    expect(reasons(rows)).toEqual([
      '3: no number',
      '4: not a valid number',
      '5: not a valid number',
      '6: a number that costs extra',
      '7: the number of line 2 again',
      '8: not an IANA time zone, e.g. America/New_York',
      '9: 3 cells, expected 2',
    ]);
    expect(rows.contacts.at(-1)?.zones).toEqual(['America/Chicago']);
    expect(reasons(await read('number\n2125550101\n', null))).toEqual(['2: no country code']);
  });

  it.each([
    ['', 'found no rows, expected a line with the names of the columns'],
    [
      'name,address\nAnna,x\n',
      'line 1: found the columns "name", "address", expected one called number, phone,',
    ],
    ['number,Name,name\n', 'line 1: found the column "name" twice'],
    ['number,,x\n', 'line 1: column 2 has no name'],
    ['number,a{b}\n', 'line 1: found the column "a{b}", expected letters'],
    ['number,note\n+12125550101,"never closed\n+12125550102,x\n', 'Quote Not Closed'],
  ])('is refused where it cannot be read: %j', async (file, message) => {
    await expect(read(file)).rejects.toThrow(ContactsError);
    await expect(read(file)).rejects.toThrow(message);
  });

  it('is refused in other encodings, with what to do', async () => {
    const utf16 = Buffer.from('\uFEFFnumber\n+12125550101\n', 'utf16le');
    await expect(read(utf16)).rejects.toThrow('found UTF-16, expected UTF-8: save the sheet as "CSV UTF-8"');
    const latin1 = Buffer.from('number,name\n+12125550101,Béla\n', 'latin1');
    await expect(read(latin1)).rejects.toThrow('line 1 or a little behind: found bytes that are no UTF-8');
  });

  it('is refused with a cell of 10 MB, without holding it', async () => {
    let sent = 0;
    async function* huge(): AsyncIterable<Buffer> {
      yield Buffer.from('number,note\n+12125550101,"');
      for (; sent < 160; sent += 1) yield Buffer.alloc(65_536, 'x');
      yield Buffer.from('"\n');
      await Promise.resolve();
    }
    await expect(read(huge())).rejects.toThrow(
      'found a row of more than 100000 characters; is a quote missing?',
    );
    expect(sent).toBeLessThan(20);
  });

  it('keeps every cell as it was, whatever is in it', async () => {
    const cell = fc.string({ maxLength: 40 }).map((text) => text.replaceAll('\0', '').trim());
    await fc.assert(
      fc.asyncProperty(fc.array(cell, { minLength: 1, maxLength: 20 }), async (notes) => {
        const quoted = notes.map((note, i) => `+1212555${1_000 + i},"${note.replaceAll('"', '""')}"`);
        const { contacts, rejected } = await read(`number,note\n${quoted.join('\n')}\n`);
        expect(rejected).toEqual([]);
        expect(contacts.map(({ variables }) => variables['note'])).toEqual(notes);
      }),
      { numRuns: 50 },
    );
  });

  it('of 100,000 rows goes through in batches, in bounded memory', async () => {
    async function* many(): AsyncIterable<Buffer> {
      yield Buffer.from('number,name\n');
      for (let i = 0; i < 100_000; i += 1_000) {
        const rows = Array.from({ length: 1_000 }, (_, j) => `+1${2_015_550_000 + i + j},Person ${i + j}\n`);
        yield Buffer.from(rows.join(''));
        await Promise.resolve();
      }
    }
    const before = process.memoryUsage().heapUsed;
    let most = 0;
    let rows = 0;
    let largest = 0;
    for await (const batch of readContacts(many(), 'US')) {
      rows = batch.rows;
      largest = Math.max(largest, batch.contacts.length + batch.rejected.length);
      most = Math.max(most, process.memoryUsage().heapUsed - before);
    }
    expect(rows).toBe(100_000);
    expect(largest).toBeLessThanOrEqual(500);
    expect(most).toBeLessThan(200 * 1_048_576);
  }, 60_000);
});
