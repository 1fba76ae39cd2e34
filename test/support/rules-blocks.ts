import type { Check } from './claude-shape.ts';
import { closed, dictionary, flag, integer, list, nullable, oneOf, tagged, text, textOr } from './claude-shape.ts';

/** A content block whose shape has been checked; fields that its type does not have are undefined. */
export interface ClaudeBlock {
  type: string;
  text?: string;
  id?: string;
  name?: string;
  input?: unknown;
  tool_use_id?: string;
  is_error?: boolean;
  content?: unknown;
  thinking?: string;
  signature?: string;
  data?: string;
  title?: string | null;
  source?: ClaudeSource;
  citations?: unknown;
  cache_control?: { type: string; ttl?: string } | null;
}

export interface ClaudeSource {
  type: string;
  media_type?: string;
  data?: string;
  url?: string;
  file_id?: string;
  content?: unknown;
}

export const TOOL_NAME = /^[a-zA-Z0-9_-]{1,128}$/;
const BLOCK_ID = /^[a-zA-Z0-9_-]+$/;
const SERVER_BLOCK_ID = /^srvtoolu_[a-zA-Z0-9_]+$/;

export const cacheControl = nullable(tagged({ ephemeral: { 'ttl?': oneOf('5m', '1h') } }));
const caller = tagged({
  direct: {},
  code_execution_20250825: { tool_id: text() },
  code_execution_20260120: { tool_id: text() },
});

const citation = tagged({
  char_location: {
    cited_text: text(),
    document_index: integer(0),
    document_title: nullable(text({ min: 1, max: 255 })),
    start_char_index: integer(0),
    end_char_index: integer(),
    'file_id?': nullable(text()),
  },
  page_location: {
    cited_text: text(),
    document_index: integer(0),
    document_title: nullable(text({ min: 1, max: 255 })),
    start_page_number: integer(1),
    end_page_number: integer(),
    'file_id?': nullable(text()),
  },
  content_block_location: {
    cited_text: text(),
    document_index: integer(0),
    document_title: nullable(text({ min: 1, max: 255 })),
    start_block_index: integer(0),
    end_block_index: integer(),
    'file_id?': nullable(text()),
  },
  web_search_result_location: {
    cited_text: text(),
    encrypted_index: text(),
    title: nullable(text({ min: 1, max: 512 })),
    url: text({ min: 1 }),
  },
  search_result_location: {
    cited_text: text(),
    search_result_index: integer(0),
    source: text(),
    start_block_index: integer(0),
    end_block_index: integer(),
    title: nullable(text()),
  },
});

const textFields = {
  text: text(),
  'cache_control?': cacheControl,
  'citations?': nullable(list(citation)),
};

export const textBlock = tagged({ text: textFields });

const imageSource = tagged({
  base64: { media_type: oneOf('image/jpeg', 'image/png', 'image/gif', 'image/webp'), data: text() },
  url: { url: text({ min: 1 }) },
  file: { file_id: text({ min: 1 }) },
});

const imageFields = {
  source: imageSource,
  'cache_control?': cacheControl,
  'transformations?': nullable(closed({ 'oversized_image?': oneOf('downsize', 'error') })),
};

const documentSource = tagged({
  base64: { media_type: oneOf('application/pdf'), data: text() },
  text: { media_type: oneOf('text/plain'), data: text() },
  content: { content: textOr(list(tagged({ text: textFields, image: imageFields }))) },
  url: { url: text({ min: 1 }) },
  file: { file_id: text({ min: 1 }) },
});

const citationsSwitch = nullable(closed({ 'enabled?': flag() }));

const documentFields = {
  source: documentSource,
  'cache_control?': cacheControl,
  'citations?': citationsSwitch,
  'context?': nullable(text({ min: 1 })),
  'title?': nullable(text({ min: 1, max: 500 })),
};

const searchResultFields = {
  content: list(textBlock),
  source: text(),
  title: text(),
  'cache_control?': cacheControl,
  'citations?': citationsSwitch,
};

const toolResultContent = list(
  tagged({
    text: textFields,
    image: imageFields,
    document: documentFields,
    search_result: searchResultFields,
    tool_reference: { tool_name: text({ pattern: TOOL_NAME }), 'cache_control?': cacheControl },
  }),
);

const webSearchResult = tagged({
  web_search_result: {
    encrypted_content: text(),
    title: text(),
    url: text(),
    'page_age?': nullable(text()),
  },
});

const webSearchError = tagged({ web_search_tool_result_error: { error_code: text() } });

function webSearchContent(): Check {
  const results = list(webSearchResult);
  return (value, path) => (Array.isArray(value) ? results : webSearchError)(value, path);
}

/** Any block that Trestle can have reason to send, with its exact fields. */
export const contentBlock = tagged({
  text: textFields,
  image: imageFields,
  document: documentFields,
  search_result: searchResultFields,
  thinking: { thinking: text(), signature: text() },
  redacted_thinking: { data: text() },
  tool_use: {
    id: text({ pattern: BLOCK_ID }),
    name: text({ min: 1, max: 200 }),
    input: dictionary(),
    'cache_control?': cacheControl,
    'caller?': caller,
    'toolset_name?': nullable(text()),
  },
  tool_result: {
    tool_use_id: text({ pattern: BLOCK_ID }),
    'content?': textOr(toolResultContent),
    'is_error?': flag(),
    'cache_control?': cacheControl,
    'toolset_name?': nullable(text()),
  },
  server_tool_use: {
    id: text({ pattern: SERVER_BLOCK_ID }),
    name: oneOf('web_search', 'web_fetch', 'code_execution', 'bash_code_execution'),
    input: dictionary(),
    'cache_control?': cacheControl,
    'caller?': caller,
  },
  web_search_tool_result: {
    tool_use_id: text({ pattern: SERVER_BLOCK_ID }),
    content: webSearchContent(),
    'cache_control?': cacheControl,
    'caller?': caller,
  },
});
