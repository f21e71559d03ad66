// Every fault of an agent file is refused with its file, line and key, and with what to write instead.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, type ConfigFault } from '../../src/config/config-error.ts';
import { loadAgents } from '../../src/responders/agents.ts';
import { AGENTS_FOLDER } from '../support/conversation.ts';

const GOOD = `name: desk
language: en-US
voice: slt
timezone: Europe/Berlin
variables: { place: our shop }
greeting: Hello from {{place}}.
start: ask-date
goodbye: bye
giveUp: bye
silence: [Hello?]
reprompts:
  - Sorry. {{question}}
anywhere:
  bye:
    wordings: [goodbye]
    go: bye
steps:
  ask-date:
    say: Which day?
    answer: date
    into: day
    go: confirm
  confirm:
    say: So {{day}}?
    answer: yes-no
    corrects: [day]
    yes: choose
    no: ask-date
  choose:
    say: Tea or coffee?
    answer: phrases
    options:
      tea:
        wordings: [tea, black tea]
        go: bye
      coffee:
        wordings: [coffee]
        go: bye
  bye:
    say: Goodbye.
    end: done
`;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agents-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function faultsOf(text: string, file = 'desk.yaml'): readonly ConfigFault[] {
  writeFileSync(join(folder, file), text);
  try {
    loadAgents(folder);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

function lineOf(text: string, part: string): number {
  const index = text.split('\n').findIndex((line) => line.includes(part));
  if (index < 0) throw new Error(`no line with ${part}`);
  return index + 1;
}

/** Replaces one part of the good file; `at` is a part of the line that the fault must name. */
interface BadFile {
  readonly name: string;
  readonly replace: string;
  readonly by: string;
  readonly at: string;
  readonly key: string;
  readonly says: RegExp;
}

const BAD: readonly BadFile[] = [
  {
    name: 'an unknown key of the agent',
    replace: 'voice: slt',
    by: 'voice: slt\nvoyce: x',
    at: 'voyce',
    key: 'voyce',
    says: /unknown key.*did you mean "voice"/,
  },
  {
    name: 'an unknown key of a step',
    replace: '    into: day',
    by: '    into: day\n    intro: x',
    at: 'intro',
    key: 'steps.ask-date.intro',
    says: /unknown key.*did you mean "into"/,
  },
  {
    name: 'an unknown key of an option',
    replace: '        wordings: [coffee]',
    by: '        wordings: [coffee]\n        goto: bye',
    at: 'goto',
    key: 'steps.choose.options.coffee.goto',
    says: /unknown key.*"go"/,
  },
  {
    name: 'a missing key',
    replace: 'voice: slt\n',
    by: '',
    at: 'name: desk',
    key: 'voice',
    says: /found nothing, expected (?:string|a text)/,
  },
  {
    name: 'a wrong kind of answer',
    replace: 'answer: date',
    by: 'answer: dates',
    at: 'answer: dates',
    key: 'steps.ask-date.answer',
    says: /"dates", expected one of .*date/,
  },
  {
    name: 'a missing target',
    replace: 'go: confirm',
    by: 'go: confrim',
    at: 'go: confrim',
    key: 'steps.ask-date.go',
    says: /did you mean "confirm"/,
  },
  {
    name: 'a missing target of yes',
    replace: 'yes: choose',
    by: 'yes: chose',
    at: 'yes: chose',
    key: 'steps.confirm.yes',
    says: /did you mean "choose"/,
  },
  {
    name: 'a missing target of an option',
    replace: 'wordings: [coffee]\n        go: bye',
    by: 'wordings: [coffee]\n        go: by',
    at: 'go: by\n',
    key: 'steps.choose.options.coffee.go',
    says: /did you mean "bye"/,
  },
  {
    name: 'a missing start',
    replace: 'start: ask-date',
    by: 'start: ask-day',
    at: 'start: ask-day',
    key: 'start',
    says: /did you mean "ask-date"/,
  },
  {
    name: 'a missing goodbye',
    replace: 'goodbye: bye',
    by: 'goodbye: bie',
    at: 'goodbye: bie',
    key: 'goodbye',
    says: /did you mean "bye"/,
  },
  {
    name: 'a missing giveUp, where it is written',
    replace: 'giveUp: bye',
    by: 'giveUp: byee',
    at: 'giveUp: byee',
    key: 'giveUp',
    says: /did you mean "bye"/,
  },
  {
    name: 'a missing target of anywhere',
    replace: 'wordings: [goodbye]\n    go: bye',
    by: 'wordings: [goodbye]\n    go: end',
    at: 'go: end',
    key: 'anywhere.bye.go',
    says: /the name of a step/,
  },
  {
    name: 'a dead step',
    replace: 'steps:',
    by: 'steps:\n  lost:\n    say: Lost.\n    end: lost',
    at: 'lost:',
    key: 'steps.lost',
    says: /nothing leads to/,
  },
  {
    name: 'a place that nothing fills',
    replace: 'So {{day}}?',
    by: 'So {{dya}}?',
    at: '{{dya}}',
    key: 'steps.confirm.say',
    says: /\{\{dya\}\}.*did you mean "day"/,
  },
  {
    name: 'a place that is not always filled',
    replace: 'say: Goodbye.',
    by: 'say: Goodbye until {{day}}.',
    at: 'until {{day}}',
    key: 'steps.bye.say',
    says: /filled on every way/,
  },
  {
    name: 'a place in the greeting',
    replace: 'Hello from {{place}}',
    by: 'Hello from {{palce}}',
    at: '{{palce}}',
    key: 'greeting',
    says: /did you mean "place"/,
  },
  {
    name: 'a place in a reprompt',
    replace: 'Sorry. {{question}}',
    by: 'Sorry. {{quest}}',
    at: '{{quest}}',
    key: 'reprompts.0',
    says: /\{\{quest\}\}/,
  },
  {
    name: 'a date without into',
    replace: '    into: day\n',
    by: '',
    at: 'ask-date:',
    key: 'steps.ask-date',
    says: /without "into"/,
  },
  {
    name: 'phrases without options',
    replace:
      'answer: phrases\n    options:\n      tea:\n        wordings: [tea, black tea]\n        go: bye\n      coffee:\n        wordings: [coffee]\n        go: bye',
    by: 'answer: phrases',
    at: 'choose:\n',
    key: 'steps.choose',
    says: /without "options"/,
  },
  {
    name: 'a number without bounds',
    replace: 'answer: date',
    by: 'answer: number',
    at: 'ask-date:',
    key: 'steps.ask-date',
    says: /without "min"/,
  },
  {
    name: 'a key that does not fit the answer',
    replace: 'answer: date',
    by: 'answer: date\n    min: 1',
    at: 'min: 1',
    key: 'steps.ask-date.min',
    says: /"min" in a step with answer: date/,
  },
  {
    name: 'a step without a way out',
    replace: '    into: day\n    go: confirm',
    by: '    into: day',
    at: 'ask-date:',
    key: 'steps.ask-date',
    says: /without a way out/,
  },
  {
    name: 'an option without a way out',
    replace: 'wordings: [coffee]\n        go: bye',
    by: 'wordings: [coffee]',
    at: 'coffee:',
    key: 'steps.choose.options.coffee',
    says: /no way out/,
  },
  {
    name: 'yes-no without no',
    replace: '    no: ask-date\n',
    by: '',
    at: '  confirm:',
    key: 'steps.confirm',
    says: /no way out: "no"/,
  },
  {
    name: 'a step that neither ends nor goes on',
    replace: '    end: done\n',
    by: '',
    at: '  bye:\n    say',
    key: 'steps.bye',
    says: /without a way out/,
  },
  {
    name: 'an end with an answer',
    replace: '    end: done\n',
    by: '    end: done\n    answer: yes-no\n',
    at: 'end: done\n    answer',
    key: 'steps.bye.answer',
    says: /a step that ends the call/,
  },
  {
    name: 'empty wordings',
    replace: 'wordings: [coffee]',
    by: 'wordings: []',
    at: 'wordings: []',
    key: 'steps.choose.options.coffee.wordings',
    says: /at least 1/,
  },
  {
    name: 'an empty wording',
    replace: 'wordings: [coffee]',
    by: 'wordings: [" "]',
    at: 'wordings: [" "]',
    key: 'steps.choose.options.coffee.wordings.0',
    says: /at least 1/,
  },
  {
    name: 'no options',
    replace:
      'options:\n      tea:\n        wordings: [tea, black tea]\n        go: bye\n      coffee:\n        wordings: [coffee]\n        go: bye',
    by: 'options: {}',
    at: 'options: {}',
    key: 'steps.choose.options',
    says: /at least one option/,
  },
  {
    name: 'two steps of one name',
    replace: '  bye:\n    say: Goodbye.',
    by: '  choose:\n    say: Goodbye.',
    at: 'choose:\n    say: Goodbye',
    key: '',
    says: /unique/,
  },
  {
    name: 'a name that is not the name of the file',
    replace: 'name: desk',
    by: 'name: dask',
    at: 'name: dask',
    key: 'name',
    says: /the file's name, "desk"/,
  },
  {
    name: 'an unknown time zone',
    replace: 'Europe/Berlin',
    by: 'Europe/Berln',
    at: 'Europe/Berln',
    key: 'timezone',
    says: /did you mean "Europe\/Berlin"/,
  },
  {
    name: 'an unknown country',
    replace: 'voice: slt',
    by: 'voice: slt\ncountry: XX',
    at: 'country: XX',
    key: 'country',
    says: /a country code/,
  },
  {
    name: 'two options that share a wording',
    replace: 'wordings: [coffee]',
    by: 'wordings: [coffee, Black tea]',
    at: 'coffee, Black',
    key: 'steps.choose.options.coffee.wordings.1',
    says: /a wording that "tea" does not have/,
  },
  {
    name: 'a correction of an unknown slot',
    replace: 'corrects: [day]',
    by: 'corrects: [dya]',
    at: 'corrects: [dya]',
    key: 'steps.confirm.corrects.0',
    says: /did you mean "day"/,
  },
  {
    name: 'bounds the wrong way round',
    replace: 'answer: date',
    by: 'answer: number\n    min: 5\n    max: 1',
    at: 'max: 1',
    key: 'steps.ask-date.max',
    says: /at least the min of 5/,
  },
  {
    name: 'needs without otherwise',
    replace: 'say: Goodbye.',
    by: 'say: Goodbye.\n    needs: [day]',
    at: 'needs: [day]',
    key: 'steps.bye.needs',
    says: /"otherwise" beside it/,
  },
  {
    name: 'a circle of steps that ask nothing',
    replace: 'yes: choose',
    by: 'yes: round',
    at: 'go: about',
    key: 'steps.round.go',
    says: /a circle/,
  },
  {
    name: 'giving up that leads back',
    replace: 'into: day',
    by: 'into: day\n    giveUp: ask-date',
    at: 'giveUp: ask-date',
    key: 'steps.ask-date.giveUp',
    says: /leads back/,
  },
  {
    name: 'a goodbye that asks',
    replace: 'goodbye: bye',
    by: 'goodbye: choose',
    at: 'goodbye: choose',
    key: 'goodbye',
    says: /which asks something/,
  },
  {
    name: 'anywhere without a way',
    replace: 'wordings: [goodbye]\n    go: bye',
    by: 'wordings: [goodbye]',
    at: 'bye:\n    wordings',
    key: 'anywhere.bye',
    says: /either "go" .* or "repeat: true"/,
  },
  {
    name: 'two options with one key',
    replace: 'wordings: [coffee]',
    by: 'wordings: [coffee]\n        key: 1',
    at: 'key: 1',
    key: 'steps.choose.options.coffee.key',
    says: /found "1", expected a "key" that "tea" does not have/,
  },
  {
    name: 'a key of another option’s place',
    replace: 'wordings: [tea, black tea]',
    by: 'wordings: [tea, black tea]\n        key: 2',
    at: 'coffee:',
    key: 'steps.choose.options.coffee.key',
    says: /found "2", expected a "key" that "tea" does not have/,
  },
  {
    name: 'a key that no telephone has',
    replace: 'wordings: [coffee]',
    by: "wordings: [coffee]\n        key: '#'",
    at: "key: '#'",
    key: 'steps.choose.options.coffee.key',
    says: /found "#", expected one key: 0 to 9 or "\*"/,
  },
  {
    name: 'a key of two digits',
    replace: 'wordings: [coffee]',
    by: 'wordings: [coffee]\n        key: 12',
    at: 'key: 12',
    key: 'steps.choose.options.coffee.key',
    says: /found "?12"?, expected one key/,
  },
  {
    name: 'an unknown phrase of the call',
    replace: 'start: ask-date',
    by: 'start: ask-date\nphrases:\n  appology: Sorry.',
    at: 'appology',
    key: 'phrases.appology',
    says: /unknown key.*did you mean "apology"/,
  },
  {
    name: 'an empty phrase of the call',
    replace: 'start: ask-date',
    by: "start: ask-date\nphrases:\n  filler: ''",
    at: 'filler',
    key: 'phrases.filler',
    says: /found "", expected/,
  },
  {
    name: 'a phrase of the call with a place',
    replace: 'start: ask-date',
    by: 'start: ask-date\nphrases:\n  time-up: Time is up in {{place}}.',
    at: 'time-up',
    key: 'phrases.time-up',
    says: /found \{\{place\}\}, expected a text without places/,
  },
  {
    name: 'a step that is protected by half',
    replace: 'say: Which day?',
    by: 'say: Which day?\n    uninterruptible: false',
    at: 'uninterruptible: false',
    key: 'steps.ask-date.uninterruptible',
    says: /found false, expected one of true/,
  },
  {
    name: 'a protected step without a text',
    replace: 'say: Which day?',
    by: "say: ''\n    uninterruptible: true",
    at: 'uninterruptible: true',
    key: 'steps.ask-date.uninterruptible',
    says: /"uninterruptible" without a text, expected a "say"/,
  },
  {
    name: 'a greeting of another form',
    replace: 'greeting: Hello from {{place}}.',
    by: 'greeting: { text: Hello from here. }',
    at: 'greeting',
    key: 'greeting.text',
    says: /an unknown key, expected one of say, uninterruptible/,
  },
  {
    name: 'a place in a protected greeting',
    replace: 'greeting: Hello from {{place}}.',
    by: 'greeting:\n  uninterruptible: true\n  say: Hello from {{plaice}}.',
    at: 'plaice',
    key: 'greeting.say',
    says: /did you mean "place"/,
  },
  {
    name: 'wrong YAML',
    replace: 'greeting: Hello',
    by: 'greeting: "Hello',
    at: 'greeting: "Hello',
    key: '',
    says: /valid YAML/,
  },
];

describe('loadAgents', () => {
  it('loads a good file', () => {
    expect(faultsOf(GOOD)).toEqual([]);
  });

  it('loads keys, protection and the phrases of the call', () => {
    const text = GOOD.replace(
      'greeting: Hello from {{place}}.',
      'greeting: { say: Hello., uninterruptible: true }',
    )
      .replace('say: Which day?', 'say: Which day?\n    uninterruptible: true')
      .replace('wordings: [tea, black tea]', "wordings: [tea, black tea]\n        key: '*'")
      .replace('start: ask-date', 'start: ask-date\nphrases: { filler: Just a second. }');
    expect(faultsOf(text)).toEqual([]);
    const { flow, phrases } = loadAgents(folder).get('desk')!;
    expect(flow).toMatchObject({ greeting: 'Hello.', greetingUninterruptible: true });
    expect([...flow.steps.values()].map((step) => step.uninterruptible)).toEqual([true, false, false, false]);
    expect(flow.steps.get('choose')?.answer).toMatchObject({ options: [{ key: '*' }, { key: '2' }] });
    expect(phrases).toMatchObject({
      filler: 'Just a second.',
      apology: expect.stringMatching(/^Sorry, something went wrong/) as string,
    });
    const nine = Array.from(
      { length: 9 },
      (_, index) => `      n${index}: { wordings: [w${index}], go: bye }\n`,
    );
    expect(faultsOf(GOOD.replace('      coffee:', `${nine.join('')}      coffee:`))).toEqual([]);
    const { answer } = loadAgents(folder).get('desk')!.flow.steps.get('choose')!;
    const options = answer.kind === 'phrases' ? answer.options : [];
    expect(options.map(({ key }) => key)).toEqual([...Array.from('123456789'), null, null]);
  });

  it('loads the agents that come with the product', () => {
    const agents = loadAgents(AGENTS_FOLDER);
    expect([...agents.keys()]).toEqual([
      'appointment-reminder',
      'echo-test',
      'front-desk',
      'survey',
      'test-call',
    ]);
  });

  it.each(BAD)('refuses $name', ({ replace, by, at, key, says }) => {
    expect(GOOD).toContain(replace);
    let text = GOOD.replace(replace, by);
    if (by === 'yes: round') {
      text += '  round:\n    say: Round.\n    go: about\n  about:\n    say: About.\n    go: round\n';
    }
    const faults = faultsOf(text);
    const fault = faults.find(
      (candidate) => candidate.key === key && says.test(new ConfigError([candidate]).message),
    );
    expect(fault, new ConfigError(faults).message).toBeDefined();
    expect(fault?.file).toBe(join(folder, 'desk.yaml'));
    if (!by.includes('"Hello')) expect(fault?.line).toBe(lineAt(text, at));
  });

  it('names every fault of every file at once', () => {
    writeFileSync(
      join(folder, 'other.yaml'),
      GOOD.replace('name: desk', 'name: other').replace('go: confirm', 'go: x'),
    );
    const faults = faultsOf(GOOD.replace('Europe/Berlin', 'Mars').replace('yes: choose', 'yes: y'));
    expect(faults.map((fault) => fault.key)).toEqual(['timezone', 'steps.confirm.yes', 'steps.ask-date.go']);
  });

  it('refuses an empty or missing folder and the ending .yml', () => {
    expect(() => loadAgents(folder)).toThrow(/no agent files/);
    expect(() => loadAgents(join(folder, 'nowhere'))).toThrow(/ENOENT.*a folder with agent files/);
    expect(faultsOf(GOOD, 'desk.yml').map((fault) => fault.expected)).toEqual(['the ending .yaml']);
  });
});

/** The line of a part that may span lines. */
function lineAt(text: string, part: string): number {
  if (!part.includes('\n')) return lineOf(text, part);
  const index = text.indexOf(part);
  if (index < 0) throw new Error(`no ${part}`);
  const inner = part.startsWith('end: done') ? index + part.indexOf('answer') : index;
  return text.slice(0, inner).split('\n').length;
}
