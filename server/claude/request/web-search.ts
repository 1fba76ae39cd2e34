import type Anthropic from '@anthropic-ai/sdk';
import type { ChatCompletionRequest } from '../../../shared/chat-request.ts';
import { TrestleError } from '../../../shared/error.ts';
import type { Notices } from '../notices.ts';
import type { ClaudeToolChoice } from './tool-choice.ts';

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
    const most = Math.min(SEARCHES[size], options.max_uses ?? Infinity);
    notices.add('web_search_options.search_context_size', 'emulated', `Claude may search ${most} times`);
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
    max_uses: Math.min(SEARCHES[size], options.max_uses ?? Infinity),
    ...(Object.keys(location).length > 0 && { user_location: { type: 'approximate', ...location } }),
  };
}

/** A choice among the caller's tools as it is to be where Claude may search too, which is a tool like any other to it. */
export function besideSearch(
  request: ChatCompletionRequest,
  chosen: ClaudeToolChoice,
  notices: Notices,
): ClaudeToolChoice {
  const { tools, toolChoice, instruction } = chosen;
  const field = request.functions ? 'function_call' : 'tool_choice';
  switch (toolChoice?.type) {
    case 'none':
      // It would keep Claude from its own search as well: the caller's tools are left out in its place.
      return { tools: [], toolChoice: undefined, instruction };
    case 'any': {
      notices.add(field, 'emulated', 'a web search counts as a call for Claude; it was told to call a tool as well');
      const names = tools.map(({ name }) => `\`${name}\``).join(', ');
      const told = `You must call at least one of the tools ${names} in this answer. A web search alone is not enough.`;
      return { tools, toolChoice, instruction: [instruction, told].filter((text) => text !== undefined).join('\n') };
    }
    case 'tool':
      notices.add('web_search_options', 'ignored', `Claude can't search where ${field} names the tool to call`);
      return chosen;
    default:
      return chosen;
  }
}
