import type { Annotation } from '../../../shared/chat-completion.ts';

const PAIRS = /[\uD800-\uDBFF][\uDC00-\uDFFF]/g;

/** The fields that are read of a citation of a web page. */
interface WebCitation {
  type: 'web_search_result_location';
  url: string;
  title?: string | null;
}

/**
 * How long a text is in Unicode code points. Offsets of annotations are in these: OpenAI counts characters, and its
 * servers and most of its clients are of languages where a character is a code point.
 */
export function lengthOf(text: string): number {
  return text.length - (text.match(PAIRS)?.length ?? 0);
}

/** The citations of one text block as OpenAI's, over the characters of the block. A page is named once a block. */
export function toAnnotations(
  citations: readonly unknown[] | null | undefined,
  start: number,
  end: number,
): Annotation[] {
  if (end <= start) return [];
  const pages = new Map<string, Annotation>();
  for (const citation of citations ?? []) {
    if (!isWebCitation(citation) || pages.has(citation.url)) continue;
    const { url, title } = citation;
    pages.set(url, {
      type: 'url_citation',
      url_citation: { start_index: start, end_index: end, url, title: typeof title === 'string' ? title : url },
    });
  }
  return [...pages.values()];
}

/** Annotations of a text that lost `cut` characters at its start, and has `length` left. Those of what was lost go with it. */
export function shiftAnnotations(annotations: readonly Annotation[], cut: number, length: number): Annotation[] {
  const fit = (index: number): number => Math.min(Math.max(index - cut, 0), length);
  return annotations.flatMap((annotation) => {
    const { start_index: start, end_index: end } = annotation.url_citation;
    const place = { start_index: fit(start), end_index: fit(end) };
    if (place.end_index <= place.start_index) return [];
    return [{ ...annotation, url_citation: { ...annotation.url_citation, ...place } }];
  });
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
