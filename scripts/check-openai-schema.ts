import { readFile } from 'node:fs/promises';
import { startApp } from '../test/support/app-resource.ts';
import { createSchemaCheck } from '../test/support/schema-check.ts';
import { type AnswerKind, collectAnswers } from '../test/support/served-answers.ts';

/** OpenAI's own document is not part of the project: where it is missing, the check is left out. */
const DOCUMENT = new URL('../../shared/openai/chat-completions.openapi.json', import.meta.url);

/** Where OpenAI describes each kind; it has no count of tokens before a chat completion. */
const SCHEMAS: Readonly<Record<AnswerKind, string | null>> = {
  completion: 'CreateChatCompletionResponse',
  chunk: 'CreateChatCompletionStreamResponse',
  tokens: null,
  models: 'ListModelsResponse',
  model: 'Model',
  error: 'ErrorResponse',
};

/** Checks answers of every kind, as a running server gives them, against OpenAI's schema. */
async function checkAnswers(document: object): Promise<void> {
  const check = createSchemaCheck(document);
  await using app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '0' } });
  const answers = (await collectAnswers(app)).filter(({ kind }) => SCHEMAS[kind] !== null);
  let deviating = 0;
  const faults = answers.flatMap(({ name, kind, value }) => {
    const pointer = `/components/schemas/${SCHEMAS[kind]}`;
    const fault = check(pointer, value);
    if (fault === null) return [];
    const rest = kind === 'chunk' ? withoutCustomType(value) : undefined;
    if (rest !== undefined && check(pointer, rest) === null) {
      deviating += 1;
      return [];
    }
    return [`${name}: ${fault}\n  ${JSON.stringify(value)}`];
  });
  if (deviating === 0) faults.push('custom calls in chunks deviate no more: take the exception out');
  if (faults.length === 0) {
    process.stdout.write(
      `openai schema: ${answers.length} answers valid, ${deviating} of them but for the type of a custom call in a chunk\n`,
    );
  } else {
    process.stderr.write(
      `openai schema: ${faults.length} of ${answers.length} answers not valid\n${faults.join('\n')}\n`,
    );
    process.exitCode = 1;
  }
}

/**
 * The chunk without the one thing that is known to deviate (docs/decisions.md): `type: "custom"` on the piece of a
 * call that has `custom`. Undefined when there is none.
 */
function withoutCustomType(chunk: unknown): unknown {
  let found = false;
  const text = JSON.stringify(chunk, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || !('index' in value && 'type' in value && 'custom' in value))
      return value;
    const { type, ...rest } = value;
    if (type !== 'custom') return value;
    found = true;
    return rest;
  });
  return found ? (JSON.parse(text) as unknown) : undefined;
}

const text = await readFile(DOCUMENT, 'utf8').catch(() => null);
if (text === null) process.stdout.write('openai schema: not here, left out\n');
else await checkAnswers(JSON.parse(text) as object);
