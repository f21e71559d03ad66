// Which column of a contacts file means what, by its name.

export interface Columns {
  readonly count: number;
  readonly number: number;
  readonly country: number | null;
  readonly zone: number | null;
  readonly consent: {
    readonly who: number | null;
    readonly when: number | null;
    readonly how: number | null;
  };
  /** All others: values for the agent. */
  readonly variables: readonly { readonly name: string; readonly index: number }[];
}

const NUMBER = ['number', 'phone', 'phone-number', 'telephone', 'mobile', 'cell'];
const COUNTRY = ['country', 'country-code'];
const ZONE = ['timezone', 'time-zone', 'tz'];

/** Names are compared without case; blanks and underscores count as hyphens. Throws what `fault` makes of a message. */
export function columnsOf(header: readonly string[], fault: (message: string) => Error): Columns {
  const names = header.map((name) =>
    name
      .trim()
      .toLowerCase()
      .replaceAll(/[\s_]+/g, '-'),
  );
  const twin = names.find((name, index) => names.indexOf(name) !== index);
  if (twin !== undefined) throw fault(`found the column ${JSON.stringify(twin)} twice, expected each once`);
  const unnamed = names.indexOf('');
  if (unnamed >= 0) throw fault(`column ${unnamed + 1} has no name`);
  const find = (known: readonly string[]): number | null => {
    const index = names.findIndex((name) => known.includes(name));
    return index < 0 ? null : index;
  };
  const number = find(NUMBER);
  if (number === null) {
    const found = names
      .slice(0, 10)
      .map((name) => JSON.stringify(name))
      .join(', ');
    throw fault(`found the columns ${found}, expected one called ${NUMBER.join(', ')}`);
  }
  const country = find(COUNTRY);
  const zone = find(ZONE);
  const consent = {
    who: find(['consent-who']),
    when: find(['consent-when']),
    how: find(['consent-how']),
  };
  const used = [number, country, zone, ...Object.values(consent)];
  const variables = names.flatMap((name, index) => (used.includes(index) ? [] : [{ name, index }]));
  const odd = variables.find(({ name }) => !/^[\p{L}\p{N}-]+$/u.test(name));
  if (odd !== undefined) {
    throw fault(
      `found the column ${JSON.stringify(odd.name)}, expected letters, digits and hyphens: it becomes {{name}}`,
    );
  }
  return { count: names.length, number, country, zone, consent, variables };
}
