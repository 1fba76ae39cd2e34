import type { OutputItem } from '../../../shared/responses/output-item.ts';
import type { ClaudeBlock } from '../messages-api.ts';

type WebSearchCall = Extract<OutputItem, { type: 'web_search_call' }>;

/** The item of a search that Claude made. */
export function toWebSearchCall(
  id: string,
  status: WebSearchCall['status'],
  { input }: ClaudeBlock,
  sources: readonly string[] | undefined,
): WebSearchCall {
  const query = (input as { query?: unknown } | null | undefined)?.query;
  return {
    type: 'web_search_call',
    id,
    status,
    action: {
      type: 'search',
      query: typeof query === 'string' ? query : '',
      ...(sources && { sources: sources.map((url) => ({ type: 'url' as const, url })) }),
    },
  };
}

/** The pages that a search found; none of a search that failed. */
export function toSources(result: ClaudeBlock): string[] {
  const { content } = result as { content?: unknown };
  if (!Array.isArray(content)) return [];
  return content.flatMap((page: { url?: unknown } | null) => (typeof page?.url === 'string' ? [page.url] : []));
}
