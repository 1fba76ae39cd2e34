import type Anthropic from '@anthropic-ai/sdk';
import { sampleFromSchema } from './sample-from-schema.ts';

const CHARACTERS_PER_TOKEN = 4;
const EXCERPT_LENGTH = 200;
const INTRODUCTION =
  "I am Trestle's simulated Claude, not Claude itself: no Anthropic key is set, so nothing was sent to Anthropic. " +
  'To talk to Claude, set the environment variable and start again: `ANTHROPIC_API_KEY=sk-ant-... npm start`.';

export type ReplyBlock = Anthropic.TextBlock | Anthropic.ThinkingBlock | Anthropic.ToolUseBlock;
export type Reply = Omit<Anthropic.Message, 'content'> & { content: ReplyBlock[] };

/** The whole simulated answer to a request; `number` makes its ids. Token counts are estimates: four characters each. */
export function replyTo(request: Anthropic.MessageCreateParams, number: number): Reply {
  const { content, ...stop } = limit(decideContent(request, number), request);
  const thinking = content.filter((block) => block.type === 'thinking');
  return {
    id: `msg_simulated_${number}`,
    type: 'message',
    role: 'assistant',
    model: request.model,
    content,
    ...stop,
    stop_details: null,
    container: null,
    diagnostics: null,
    usage: {
      input_tokens: estimateInputTokens(request),
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      cache_creation: null,
      output_tokens: tokens(content.map(textOf).join('')),
      output_tokens_details: { thinking_tokens: tokens(thinking.map(textOf).join('')) },
      server_tool_use: null,
      service_tier: null,
      inference_geo: null,
      speed: null,
    },
  };
}

/** Tokens of the prompt: a quarter of its characters, the bytes of images and files left out. */
export function estimateInputTokens(request: Anthropic.MessageCountTokensParams): number {
  const { system, messages, tools } = request;
  return tokens(
    JSON.stringify([system, messages, tools], (_key, value: { type?: unknown } | null) =>
      value?.type === 'base64' ? undefined : value,
    ),
  );
}

/** What the model wrote in a block; a tool's input as JSON. */
export function textOf(block: ReplyBlock): string {
  if (block.type === 'text') return block.text;
  return block.type === 'thinking' ? block.thinking : JSON.stringify(block.input);
}

function decideContent(request: Anthropic.MessageCreateParams, number: number): ReplyBlock[] {
  const turn = lastUserTurn(request.messages);
  const results = turn.filter((block) => block.type === 'tool_result');
  const tool = results.length === 0 ? chooseTool(request, turn) : undefined;
  const format = request.output_config?.format;
  const blocks: ReplyBlock[] = [];
  const { thinking } = request;
  if ((thinking?.type === 'adaptive' || thinking?.type === 'enabled') && thinking.display === 'summarized') {
    const thought = 'This is a simulated thought: no model is thinking here.';
    blocks.push({ type: 'thinking', thinking: thought, signature: 'simulated' });
  }
  if (tool) {
    const forced = request.tool_choice?.type === 'tool' || request.tool_choice?.type === 'any';
    // Claude writes no text before a tool that it is forced to call.
    if (!forced) blocks.push(text(`${INTRODUCTION}\n\nI call the tool \`${tool.name}\` with made-up arguments.`));
    const id = `toolu_simulated_${number}`;
    const input = sampleFromSchema(tool.input_schema);
    return [...blocks, { type: 'tool_use', id, name: tool.name, input, caller: { type: 'direct' } }];
  }
  if (format) return [...blocks, text(JSON.stringify(sampleFromSchema(format.schema)))];
  const remarks = [INTRODUCTION, ...results.map((result) => describeResult(result, request.messages))];
  const said = plainText(turn);
  if (said !== '') remarks.push(`You wrote: "${excerpt(said)}"`);
  const images = countImages(turn);
  if (images > 0) remarks.push(`I was sent ${images} ${images === 1 ? 'image' : 'images'}, which I can't see.`);
  return [...blocks, text(remarks.join('\n\n'))];
}

/** Cuts the reply at the first stop sequence or at max_tokens, whichever comes first. */
function limit(
  blocks: ReplyBlock[],
  { max_tokens, stop_sequences = [] }: Anthropic.MessageCreateParams,
): Pick<Reply, 'content' | 'stop_reason' | 'stop_sequence'> {
  const content: ReplyBlock[] = [];
  let charactersLeft = max_tokens * CHARACTERS_PER_TOKEN;
  for (const block of blocks) {
    const whole = textOf(block);
    const stops = block.type === 'text' ? stop_sequences.filter((stop) => stop !== '' && whole.includes(stop)) : [];
    const stop = stops.toSorted((a, b) => whole.indexOf(a) - whole.indexOf(b))[0];
    const end = stop === undefined ? whole.length : whole.indexOf(stop);
    const kept = shorten(block, Math.min(end, charactersLeft));
    if (kept) content.push(kept);
    if (end > charactersLeft) return { content, stop_reason: 'max_tokens', stop_sequence: null };
    if (stop !== undefined) return { content, stop_reason: 'stop_sequence', stop_sequence: stop };
    charactersLeft -= end;
  }
  return {
    content,
    stop_reason: content.at(-1)?.type === 'tool_use' ? 'tool_use' : 'end_turn',
    stop_sequence: null,
  };
}

/** Nothing where nothing is left; half a tool call is no tool call. */
function shorten(block: ReplyBlock, length: number): ReplyBlock | undefined {
  const whole = textOf(block);
  if (length >= whole.length) return block;
  const kept = cut(whole, length);
  if (kept === '' || block.type === 'tool_use') return undefined;
  return block.type === 'text' ? { ...block, text: kept } : { ...block, thinking: kept };
}

function chooseTool(
  { tools = [], tool_choice, system }: Anthropic.MessageCreateParams,
  turn: Anthropic.ContentBlockParam[],
): Anthropic.Tool | undefined {
  const callable = tools.filter((tool) => 'input_schema' in tool);
  if (tool_choice?.type === 'none') return undefined;
  if (tool_choice?.type === 'tool') return callable.find((tool) => tool.name === tool_choice.name);
  // A model that refuses a forced choice is told in words which tool to call.
  const instructions = typeof system === 'string' ? system : plainText(system ?? []);
  const words = new Set(`${instructions} ${plainText(turn)}`.match(/[\w-]+/g));
  return callable.find((tool) => words.has(tool.name)) ?? callable[0];
}

function describeResult(result: Anthropic.ToolResultBlockParam, messages: Anthropic.MessageParam[]): string {
  const calls = messages.flatMap(blocksOf).filter((block) => block.type === 'tool_use');
  const name = calls.find((call) => call.id === result.tool_use_id)?.name ?? result.tool_use_id;
  const output = typeof result.content === 'string' ? result.content : plainText(result.content ?? []);
  const verb = result.is_error ? 'failed with' : 'returned';
  return `The tool \`${name}\` ${verb}: ${output === '' ? 'no text' : excerpt(output)}`;
}

/** What came since the assistant last spoke; neighbouring user messages are one turn. */
function lastUserTurn(messages: Anthropic.MessageParam[]): Anthropic.ContentBlockParam[] {
  const start = messages.findLastIndex((message) => message.role === 'assistant') + 1;
  return messages.slice(start).flatMap((message) => (message.role === 'user' ? blocksOf(message) : []));
}

function blocksOf({ content }: Anthropic.MessageParam): Anthropic.ContentBlockParam[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

function plainText(blocks: { type: string }[]): string {
  const texts = blocks.filter((block): block is Anthropic.TextBlockParam => block.type === 'text');
  return texts.map((block) => block.text).join('\n');
}

function countImages(turn: Anthropic.ContentBlockParam[]): number {
  const nested = turn.flatMap((block) =>
    block.type === 'tool_result' && Array.isArray(block.content) ? block.content : [],
  );
  return [...turn, ...nested].filter((block) => block.type === 'image').length;
}

function text(value: string): Anthropic.TextBlock {
  return { type: 'text', text: value, citations: null };
}

function excerpt(value: string): string {
  return value.length > EXCERPT_LENGTH ? `${cut(value, EXCERPT_LENGTH)}…` : value;
}

/** The first characters, never half of a surrogate pair. */
function cut(value: string, length: number): string {
  return value.slice(0, length).replace(/[\uD800-\uDBFF]$/, '');
}

function tokens(value: string): number {
  return Math.ceil(value.length / CHARACTERS_PER_TOKEN);
}
