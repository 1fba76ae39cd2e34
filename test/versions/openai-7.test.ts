import { describe, vi } from 'vitest';

// What is tested on version 6 of OpenAI's client, on version 7.
vi.mock('openai', () => import('openai-7'));

describe("version 7 of OpenAI's client", async () => {
  await import('../rest/openai-sdk.test.ts');
  await import('../rest/stored-completions.test.ts');
  await import('../ecosystem/openai-answers.test.ts');
  await import('../ecosystem/openai-comments.test.ts');
  await import('../ecosystem/openai-thinking.test.ts');
  await import('../ecosystem/openai-tools.test.ts');
  await import('../ecosystem/broken-streams.test.ts');
});
