/** Values that stand where something else is expected. */
const JUNK: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1e308,
  0.1,
  '',
  'x',
  '\u0000',
  '\ud800',
  '__proto__',
  'constructor',
  'ä'.repeat(300),
  ' '.repeat(5000),
  '[[[[',
  '{"a":',
  [],
  {},
  [null],
  [[]],
  { type: 'text' },
  { type: null },
  { $ref: '#' },
  { anyOf: [] },
  { '': '' },
  Array(500).fill(0),
  JSON.parse('{"__proto__":{"x":1}}'),
];

/** Random numbers with the choices that mutations are made of. */
export class Dice {
  readonly #random: () => number;

  /** @param random numbers from 0 to 1, such as `seededRandom` gives */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** From 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  oneOf<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }
}

/** Fields that are read somewhere: each may stand where it has no business. */
const FIELDS = 'type content text input citations index id name delta usage model stop_reason signature $ref'.split(
  ' ',
);

/** A copy of a JSON value with some entries replaced, left out, doubled, renamed or added. */
export function mutateJson(value: unknown, dice: Dice, rate = 0.06): unknown {
  if (dice.chance(rate)) return structuredClone(dice.oneOf(JUNK));
  if (Array.isArray(value)) {
    return value.flatMap((entry) => {
      if (dice.chance(rate / 2)) return [];
      const mutated = mutateJson(entry, dice, rate);
      return dice.chance(rate / 2) ? [mutated, structuredClone(mutated)] : [mutated];
    });
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).flatMap(([name, entry]): [string, unknown][] => {
    if (dice.chance(rate / 2)) return [];
    return [[dice.chance(rate / 3) ? dice.oneOf(['', 'x', ...FIELDS]) : name, mutateJson(entry, dice, rate)]];
  });
  if (dice.chance(rate / 3)) entries.push([dice.oneOf(FIELDS), structuredClone(dice.oneOf(JUNK))]);
  return Object.fromEntries(entries);
}

/** A text with some characters replaced, left out or repeated, or cut. */
export function mutateText(text: string, dice: Dice): string {
  let mutated = text;
  for (let times = 1 + dice.below(3); times > 0; times -= 1) {
    const at = dice.below(mutated.length + 1);
    const length = dice.below(8);
    const middle = dice.oneOf([
      '',
      '"',
      '{',
      '}',
      '\\',
      '\u0000',
      'é',
      '\r\n',
      ':',
      ',',
      '0',
      mutated.slice(at, at + length).repeat(3),
    ]);
    mutated = mutated.slice(0, at) + middle + mutated.slice(at + length);
  }
  return dice.chance(0.2) ? mutated.slice(0, dice.below(mutated.length)) : mutated;
}
