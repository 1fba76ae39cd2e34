import type { Annotation } from '../../shared/chat-completion.ts';

/** As much as is read of a citation of a web page. */
interface WebCitation {
  type: 'web_search_result_location';
  url: string;
  title?: string | null;
}

/** The citations of one text block as OpenAI's, over the characters of the block. A page is named once a block. */
export function toAnnotations(
  citations: readonly unknown[] | null | undefined,
  start: number,
  end: number,
): Annotation[] {
  const pages = new Map<string, Annotation>();
  for (const citation of citations ?? []) {
    if (!isWebCitation(citation) || pages.has(citation.url)) continue;
    const { url, title } = citation;
    pages.set(url, {
      type: 'url_citation',
      url_citation: { start_index: start, end_index: end, url, title: title ?? url },
    });
  }
  return [...pages.values()];
}

function isWebCitation(value: unknown): value is WebCitation {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    value.type === 'web_search_result_location' &&
    'url' in value &&
    typeof value.url === 'string'
  );
}
