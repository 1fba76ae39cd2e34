import type Anthropic from '@anthropic-ai/sdk';
import type { ChatCompletionRequest } from '../../shared/chat-request.ts';
import { TrestleError } from '../../shared/error.ts';
import type { Notices } from './notices.ts';

/** Its name in a request. */
export const WEB_SEARCH = 'web_search';

/** How many searches an answer may make, for OpenAI's `search_context_size`. */
const SEARCHES = { low: 2, medium: 5, high: 10 } as const;

/** `web_search_options` as Claude's own web search, which Claude runs by itself. Throws a 400 that names the field. */
export function toWebSearch(
  request: ChatCompletionRequest,
  tools: readonly Anthropic.Tool[],
  notices: Notices,
): Anthropic.WebSearchTool20250305 | undefined {
  const options = request.web_search_options;
  if (!options) return undefined;
  if (tools.some((tool) => tool.name === WEB_SEARCH)) {
    throw new TrestleError('invalid_value', `A tool of your own is named '${WEB_SEARCH}', as Claude's web search is`, {
      param: 'web_search_options',
    });
  }
  const size = options.search_context_size ?? 'medium';
  if (options.search_context_size) {
    notices.add('web_search_options.search_context_size', 'emulated', `Claude may search ${SEARCHES[size]} times`);
  }
  const place = options.user_location?.approximate;
  const location = Object.fromEntries(
    (['city', 'region', 'country', 'timezone'] as const).flatMap((field) =>
      place?.[field] ? [[field, place[field]]] : [],
    ),
  );
  if (location['country'] !== undefined && location['country'].length !== 2) {
    const param = 'web_search_options.user_location.approximate.country';
    throw new TrestleError('invalid_value', "Expected an ISO country code of two letters, e.g. 'US'", { param });
  }
  return {
    type: 'web_search_20250305',
    name: WEB_SEARCH,
    max_uses: SEARCHES[size],
    ...(Object.keys(location).length > 0 && { user_location: { type: 'approximate', ...location } }),
  };
}
