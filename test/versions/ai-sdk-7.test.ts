import { describe, vi } from 'vitest';

// What is tested on version 6 of the AI SDK, on version 7.
vi.mock('ai', () => import('ai-7'));
vi.mock('@ai-sdk/react', () => import('ai-sdk-react-4'));
vi.mock('@ai-sdk/anthropic', () => import('ai-sdk-anthropic-4'));
vi.mock('@ai-sdk/openai', () => import('ai-sdk-openai-4'));
vi.mock('@ai-sdk/openai-compatible', () => import('ai-sdk-openai-compatible-3'));

describe('version 7 of the AI SDK', async () => {
  await import('../ecosystem/ai-sdk-anthropic.test.ts');
  await import('../ecosystem/ai-sdk-chat.test.ts');
  await import('../ecosystem/ai-sdk.test.ts');
  await import('../ecosystem/broken-streams.test.ts');
});
