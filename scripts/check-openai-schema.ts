import { readFile } from 'node:fs/promises';
import { startApp } from '../test/support/app-resource.ts';
import { createSchemaCheck } from '../test/support/schema-check.ts';
import { type AnswerKind, collectAnswers } from '../test/support/served-answers.ts';

/** OpenAI's own document is not part of the project: where it is missing, the check is left out. */
const DOCUMENT = new URL('../../shared/openai/chat-completions.openapi.json', import.meta.url);

const SCHEMAS: Readonly<Record<AnswerKind, string>> = {
  completion: 'CreateChatCompletionResponse',
  chunk: 'CreateChatCompletionStreamResponse',
  models: 'ListModelsResponse',
  model: 'Model',
  error: 'ErrorResponse',
};

/** Checks answers of every kind, as a running server gives them, against OpenAI's schema. */
async function checkAnswers(document: object): Promise<void> {
  const check = createSchemaCheck(document);
  await using app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '0' } });
  const answers = await collectAnswers(app);
  const faults = answers.flatMap(({ name, kind, value }) => {
    const fault = check(`/components/schemas/${SCHEMAS[kind]}`, value);
    return fault === null ? [] : [`${name}: ${fault}\n  ${JSON.stringify(value)}`];
  });
  if (faults.length === 0) process.stdout.write(`openai schema: ${answers.length} answers valid\n`);
  else {
    process.stderr.write(
      `openai schema: ${faults.length} of ${answers.length} answers not valid\n${faults.join('\n')}\n`,
    );
    process.exitCode = 1;
  }
}

const text = await readFile(DOCUMENT, 'utf8').catch(() => null);
if (text === null) process.stdout.write('openai schema: not here, left out\n');
else await checkAnswers(JSON.parse(text) as object);
