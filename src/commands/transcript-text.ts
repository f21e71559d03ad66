// What was said in one call, as a text file that a person reads.

/** A call as the API tells it. */
export interface ToldCall {
  readonly callSid: string;
  readonly agent: string;
  readonly direction: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly outcome: string | null;
  readonly result: string | null;
  readonly collected: Readonly<Record<string, string>>;
  readonly turns: readonly { readonly heard: string | null; readonly replied: string }[];
}

export function transcriptText(call: ToldCall): string {
  const { callSid, agent, direction, startedAt, endedAt, outcome, result, collected, turns } = call;
  const head = [
    `Call ${callSid}`,
    `${direction}, by ${agent}, from ${startedAt} to ${endedAt ?? 'its end, which is unknown'}`,
    `Outcome: ${outcome ?? 'unknown'}${result === null ? '' : `, ${result}`}`,
    ...Object.entries(collected).map(([name, value]) => `${name}: ${value}`),
  ];
  const person = direction === 'outbound' ? 'Callee' : 'Caller';
  const said = turns.flatMap(({ heard, replied }) => [
    ...(heard === null ? [] : [`${person}: ${heard}`]),
    ...(replied === '' ? [] : [`Agent: ${replied}`]),
  ]);
  return `${[...head, '', ...said].join('\n')}\n`;
}
