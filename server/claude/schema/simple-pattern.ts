const MAX_LENGTH = 1000;
/** The largest `{n,m}`, and the largest product of all of them: grammars write repetitions out. */
const MAX_REPEAT = 100;
const MAX_REPEATS = 1000;

const ESCAPE = String.raw`\\(?:[dDwWsSnrt]|[^\p{L}\p{N}\s])`;
const ATOM = String.raw`${ESCAPE}|\[\^?(?:${ESCAPE}|[^\]\\[])+\]|[^\\[\](){}*+?|^$]`;
const REPEAT = String.raw`[*+?]|\{(?<least>\d+)(?:,(?<most>\d*))?\}`;
const TOKENS = new RegExp(
  String.raw`(?<open>\((?:\?:)?)|(?<choice>\|)|(?:(?<close>\))|${ATOM})(?:${REPEAT})?|(?<other>.)`,
  'gsu',
);

/**
 * Whether Claude's grammars hold the regular expression: anchors at the ends alone, classes, groups, choices and
 * small repetitions. Lookaround, backreferences, word boundaries, lazy repetitions and flags are not simple.
 */
export function isSimplePattern(pattern: string): boolean {
  if (pattern.length > MAX_LENGTH || !isExpression(pattern)) return false;
  const body = pattern.replace(/^\^/, '').replace(/(?<!\\)((?:\\\\)*)\$$/, '$1');
  let depth = 0;
  let repeats = 1;
  for (const { groups = {} } of body.matchAll(TOKENS)) {
    if (groups.other !== undefined) return false;
    // An anchor beside a choice belongs to one branch alone: `^a|b$`.
    if (groups.choice !== undefined && depth === 0 && body !== pattern) return false;
    if (groups.open !== undefined) depth += 1;
    if (groups.close !== undefined) depth -= 1;
    const most = Math.max(Number(groups.least ?? 1), Number(groups.most ?? 1), 1);
    if (most > MAX_REPEAT) return false;
    repeats *= most;
  }
  return repeats <= MAX_REPEATS;
}

function isExpression(pattern: string): boolean {
  try {
    return new RegExp(pattern) instanceof RegExp;
  } catch {
    return false;
  }
}
