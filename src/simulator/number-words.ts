// English number words, for comparing transcripts and for saying dates.

export const UNITS: readonly string[] =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
export const TENS: readonly string[] = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
export const ORDINALS: readonly string[] =
  'zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth'.split(
    ' ',
  );
export const TENTHS: readonly string[] =
  'twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth'.split(' ');

/** From 0 to 99: "third", "thirtieth", "thirty first". */
export function ordinalWords(value: number): string {
  const unit = value % 10;
  if (value < 20) return ORDINALS[value] ?? '';
  const tens = Math.floor(value / 10) - 2;
  return unit === 0 ? (TENTHS[tens] ?? '') : `${TENS[tens] ?? ''} ${ORDINALS[unit] ?? ''}`;
}
