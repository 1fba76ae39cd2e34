import OpenAI from 'openai';
import { type AppResource, startApp } from '../support/app-resource.ts';
import type { FakeClaude } from '../support/fake-claude.ts';

export interface OpenAIResource extends AsyncDisposable {
  app: AppResource;
  fake: FakeClaude;
  /** OpenAI's own client, unchanged but for its address. */
  openai: OpenAI;
}

export async function startOpenAI(environment: Record<string, string> = {}): Promise<OpenAIResource> {
  const app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '0', ...environment } });
  return {
    app,
    fake: app.fake,
    openai: openaiAt(app),
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}

export function openaiAt({ url, apiKey }: Pick<AppResource, 'url' | 'apiKey'>): OpenAI {
  return new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries: 0 });
}
