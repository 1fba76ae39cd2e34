/** Where a message of chat completions comes from. */
export interface MessagePlace {
  /** Such as `input[3]`, or `instructions`. */
  path: string;
  /** Paths of its content parts, where they come from several items. */
  parts: string[];
  /** Paths of its calls. */
  calls: string[];
}

/** Fields of chat completions by their names here. A path begins with one of them, the longest that fits. */
const FIELDS: readonly [RegExp, string][] = [
  [/^messages$/, 'input'],
  [/^max_(?:completion_)?tokens\b/, 'max_output_tokens'],
  [/^response_format(?:\.json_schema)?\b/, 'text.format'],
  [/^verbosity\b/, 'text.verbosity'],
  [/^reasoning_effort\b/, 'reasoning.effort'],
  [/^thinking\b/, 'reasoning'],
  [/^tool_choice\.(?:function|custom|allowed_tools)\b/, 'tool_choice'],
];

/** A path inside of an error or a notice: of a message, a tool, or the search of the web. */
const PATHS = /\b(?:messages\[\d+\]|tools\[\d+\]|web_search_options)(?:\.\w+|\[\d+\])*/g;
const WORDS: readonly [RegExp, string][] = [
  [
    /messages with role 'tool' must be a response to a preceding message with 'tool_calls'; no such call has the id ('[^']*')/g,
    'No tool call found for the output with call_id $1',
  ],
  [/\bmax_(?:completion_)?tokens\b/g, 'max_output_tokens'],
  [/\bresponse_format\b/g, 'text.format'],
  [/\breasoning_effort\b/g, 'reasoning.effort'],
];

/** Names the caller's own fields in what the translation of chat completions says of them. */
export class ParamNames {
  /** By the message's number. */
  readonly messages: MessagePlace[] = [];
  /** By the tool's number, such as `tools[2].tools[0]`. */
  readonly tools: string[] = [];
  /** The tool that is Claude's search of the web. */
  webSearch = 'tools';

  /** A path in the request of chat completions as the caller's own. */
  of(param: string): string {
    const [, message, rest] = /^messages\[(\d+)\](.*)$/.exec(param) ?? [];
    if (message !== undefined) return this.#inMessage(Number(message), rest!);
    const [, tool, field] = /^tools\[(\d+)\](?:\.(?:function|custom))?(.*)$/.exec(param) ?? [];
    if (tool !== undefined) return (this.tools[Number(tool)] ?? 'tools') + field!;
    const [search, option] = /^web_search_options(.*)$/.exec(param) ?? [];
    if (search !== undefined) return this.webSearch + option!.replace('.approximate', '');
    for (const [pattern, name] of FIELDS) if (pattern.test(param)) return param.replace(pattern, name);
    return param;
  }

  /** A text that may name fields. */
  in(text: string): string {
    const named = text.replaceAll(PATHS, (path) => this.of(path));
    return WORDS.reduce((so, [pattern, name]) => so.replaceAll(pattern, name), named);
  }

  #inMessage(number: number, rest: string): string {
    const place = this.messages[number];
    if (!place) return 'input';
    const [, call, ofCall] = /^\.tool_calls\[(\d+)\](?:\.(?:function|custom))?(.*)$/.exec(rest) ?? [];
    if (call !== undefined) return (place.calls[Number(call)] ?? place.path) + ofCall!;
    const [, part, ofPart] = /^\.content\[(\d+)\](.*)$/.exec(rest) ?? [];
    if (part !== undefined) return (place.parts[Number(part)] ?? `${place.path}.content[${part}]`) + partField(ofPart!);
    if (rest.startsWith('.reasoning_details')) return place.path;
    return place.path + rest;
  }
}

function partField(field: string): string {
  return field
    .replace(/^\.image_url\.url/, '.image_url')
    .replace(/^\.image_url\.detail/, '.detail')
    .replace(/^\.file\b/, '');
}
