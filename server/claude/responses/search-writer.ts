import type { OutputItem } from '../../../shared/responses/output-item.ts';
import type { ResponseStreamEvent } from '../../../shared/responses/response-event.ts';
import type { ClaudeBlock } from '../messages-api.ts';
import type { ItemPlace, ResponseOutput } from './response-output.ts';

type WebSearchCall = Extract<OutputItem, { type: 'web_search_call' }>;

/** Writes one search of Claude's: it begins with what Claude looks for, and ends with what it found. */
export class SearchWriter {
  readonly #output: ResponseOutput;
  readonly #place: ItemPlace;
  readonly #query: string;
  readonly #includesSources: boolean;

  constructor(output: ResponseOutput, place: ItemPlace, query: string, includesSources: boolean) {
    this.#output = output;
    this.#place = place;
    this.#query = query;
    this.#includesSources = includesSources;
  }

  /** Begins a search in the output. */
  static open(
    output: ResponseOutput,
    { input }: ClaudeBlock,
    includesSources: boolean,
  ): { search: SearchWriter; begun: ResponseStreamEvent[] } {
    const asked = (input as { query?: unknown } | null | undefined)?.query;
    const query = typeof asked === 'string' ? asked : '';
    const { place, added } = output.add('ws', (id) => toItem(id, 'in_progress', query, undefined));
    const begun = [
      added,
      output.event({ type: 'response.web_search_call.in_progress', ...place }),
      output.event({ type: 'response.web_search_call.searching', ...place }),
    ];
    return { search: new SearchWriter(output, place, query, includesSources), begun };
  }

  found(result: ClaudeBlock): ResponseStreamEvent[] {
    return this.#end('completed', toSources(result));
  }

  /** The answer goes on, or ends, without a result. */
  close(): ResponseStreamEvent[] {
    return this.#end('failed', []);
  }

  #end(status: WebSearchCall['status'], sources: readonly string[]): ResponseStreamEvent[] {
    const item = toItem(this.#place.item_id, status, this.#query, this.#includesSources ? sources : undefined);
    return [
      this.#output.event({ type: 'response.web_search_call.completed', ...this.#place }),
      this.#output.done(this.#place, item),
    ];
  }
}

function toItem(
  id: string,
  status: WebSearchCall['status'],
  query: string,
  sources: readonly string[] | undefined,
): WebSearchCall {
  const found = sources && { sources: sources.map((url) => ({ type: 'url' as const, url })) };
  return { type: 'web_search_call', id, status, action: { type: 'search', query, ...found } };
}

/** The pages that a search found; none of a search that failed. */
function toSources(result: ClaudeBlock): string[] {
  const { content } = result as { content?: unknown };
  if (!Array.isArray(content)) return [];
  return content.flatMap((page: { url?: unknown } | null) => (typeof page?.url === 'string' ? [page.url] : []));
}
