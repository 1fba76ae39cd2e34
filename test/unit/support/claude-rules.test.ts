import { describe, expect, test } from 'vitest';
import { newestFakeModel } from '../../support/claude-models.ts';
import { refusalOf } from '../../support/claude-rules.ts';

const PNG = Buffer.from('\x89PNG\r\n\x1a\n0', 'latin1').toString('base64');
const PDF = Buffer.from('%PDF-1.7\n').toString('base64');
const user = { role: 'user', content: 'hi' };
const mark = { type: 'ephemeral' };

/** A minimal request with `changes`; undefined removes a field. */
function request(changes: object = {}): object {
  const whole = { model: 'claude-opus-5', max_tokens: 100, messages: [user], ...changes };
  return Object.fromEntries(Object.entries(whole).filter(([, field]) => field !== undefined));
}

function message(changes: object, version = '2026-10-21'): string | null {
  return refusalOf(request(changes), version)?.message ?? null;
}

function text(value: string): object {
  return { type: 'text', text: value };
}

function says(...content: object[]): object {
  return { messages: [{ role: 'user', content }] };
}

function after(role: string, content: unknown): object {
  return { messages: [user, { role, content }, user] };
}

function withMarks(count: number, rest: object = {}): object {
  return {
    ...says(...Array.from({ length: count }, (_, index) => ({ ...text(`t${index}`), cache_control: mark }))),
    ...rest,
  };
}

function image(source: object): object {
  return says({ type: 'image', source });
}

const png = { type: 'base64', media_type: 'image/png', data: PNG };

describe('a request that breaks a rule is refused', () => {
  test.each<[string, object, string | RegExp]>([
    ['unknown field', { foo: 1 }, 'foo: Extra inputs are not permitted'],
    ['unknown field of a message', { messages: [{ ...user, name: 'x' }] }, 'messages.0.name: Extra inputs'],
    ['unknown field of a block', says({ ...text('a'), id: 1 }), 'messages.0.content.0.text.id: Extra inputs'],
    ['unknown field of a source', image({ ...png, detail: 'low' }), 'image.source.base64.detail: Extra inputs'],
    ['unknown block type', says({ type: 'audio' }), "messages.0.content.0: Input tag 'audio' found"],
    ['beta-only field', { context_management: {} }, 'context_management: Extra inputs'],
    ['no model', { model: undefined }, 'model: Field required'],
    ['retired model', { model: 'claude-sonnet-4-20250514' }, 'model: claude-sonnet-4-20250514'],
    ['unknown model', { model: 'claude-opus-9' }, 'model: claude-opus-9'],
    ['dated id of an undated model', { model: 'claude-opus-5-20260724' }, 'model: claude-opus-5-20260724'],
    ['no max_tokens', { max_tokens: undefined }, 'max_tokens: Field required'],
    ['max_tokens 0', { max_tokens: 0 }, 'max_tokens: Input should be greater than or equal to 1'],
    ['max_tokens not whole', { max_tokens: 1.5 }, 'max_tokens: Input should be a valid integer'],
    [
      'max_tokens above the limit',
      { max_tokens: 128_001 },
      'max_tokens: 128001 > 128000, which is the maximum allowed number of output tokens for claude-opus-5',
    ],
    ['temperature, even its default', { temperature: 1 }, 'temperature: Extra inputs are not permitted'],
    ['no messages', { messages: [] }, 'messages: at least one message is required'],
    ['null content', { messages: [{ role: 'user', content: null }] }, 'messages.0.content'],
    ['unknown role', { messages: [{ role: 'tool', content: 'x' }] }, 'Unexpected role "tool"'],
    ['assistant first', { messages: [{ role: 'assistant', content: 'a' }, user] }, /first message must use/],
    ['lone surrogate', { messages: [{ role: 'user', content: 'a\ud83d' }] }, 'not valid JSON: no low surrogate'],
    ['blank string', { messages: [{ role: 'user', content: '\n' }] }, 'text content blocks must'],
    ['blank block alone', says(text(' ')), 'text content blocks must contain'],
    ['empty block', says(text(''), text('x')), 'messages: text content blocks must be non-empty'],
    ['empty user string', { messages: [{ role: 'user', content: '' }] }, 'messages.0: all messages must have'],
    ['empty user list', says(), 'messages.0: all messages must have non-empty content'],
    ['empty assistant in the middle', after('assistant', []), 'messages.1: all messages must have non-empty'],
    ['empty assistant block', after('assistant', [text('')]), 'text content blocks must be non-empty'],
    ['blank assistant block alone', after('assistant', [text(' ')]), 'text content blocks must contain'],
    ['blank system', { system: '  ' }, 'system: text content blocks must'],
    ['empty system block', { system: [text('')] }, 'system: text content blocks must be non-empty'],
    ['system block of another type', { system: [{ type: 'image', source: png }] }, 'system.0: Input tag'],
    ['prefill', { messages: [user, { role: 'assistant', content: 'a' }] }, 'does not support assistant message'],
    ['image from the assistant', after('assistant', [{ type: 'image', source: png }]), '`image` blocks'],
    ['call from the user', says({ type: 'tool_use', id: 'a', name: 'f', input: {} }), '`tool_use` blocks'],
    ['image of the wrong type', image({ ...png, media_type: 'image/jpeg' }), 'appears to be a image/png image'],
    ['image of an unknown type', image({ ...png, media_type: 'image/bmp' }), 'Input should be'],
    ['image that is none', image({ ...png, data: 'aGVsbG8h' }), 'Could not process image'],
    ['data that is not base64', image({ ...png, data: 'a-b_' }), 'invalid base64'],
    ['image without data', image({ ...png, data: '' }), 'data cannot be empty'],
    ['image from a data url', image({ type: 'url', url: `data:image/png;base64,${PNG}` }), 'Only HTTP'],
    ['unknown file', image({ type: 'file', file_id: 'file_x' }), 'File not found: file_x'],
    [
      'pdf that is none',
      says({ type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: PNG } }),
      'The PDF specified was not valid.',
    ],
    ['citations of a user', says({ ...text('a'), citations: [webCitation()] }), 'citations are only permitted'],
    ['five marks', withMarks(5), 'A maximum of 4 blocks with cache_control may be provided. Found 5.'],
    ['four marks and the automatic one', withMarks(4, { cache_control: mark }), 'Found 5.'],
    ['unknown ttl', { cache_control: { ...mark, ttl: '2h' } }, "Input should be '5m' or '1h'"],
    ['1h after 5m', withMarks(1, { cache_control: { ...mark, ttl: '1h' } }), "a ttl='1h' cache_control block"],
    ['blank stop sequence', { stop_sequences: [' \n'] }, 'each stop sequence must contain non-whitespace'],
    ['unknown metadata', { metadata: { user: 'x' } }, 'metadata.user: Extra inputs'],
    ['long user id', { metadata: { user_id: 'x'.repeat(257) } }, 'at most 256 characters'],
    ['unknown tier', { service_tier: 'flex' }, "Input should be 'auto' or 'standard_only'"],
    ['speed without its beta', { speed: 'standard' }, 'speed'],
    ['format with prefill', prefill({ output_config: { format: nullFormat() } }), 'prefill is not supported'],
    ['trailing whitespace', prefill({}, 'a '), 'final assistant content cannot end with trailing whitespace'],
  ])('%s', (_name, changes, expected) => {
    expect(message(changes)).toMatch(expected);
  });

  test.each([undefined, '', '2023-01-01', '2026-10-22'])('version %s', (version) => {
    expect(refusalOf(request(), version)?.message).toMatch('anthropic-version');
  });

  test.each([null, [], 'x', 1])('a body that is no object: %j', (body) => {
    expect(refusalOf(body, '2026-10-21')).toMatchObject({ status: 400, type: 'invalid_request_error' });
  });

  test('unknown models with 404', () => {
    const refusal = refusalOf(request({ model: 'claude-3-opus-20240229' }), '2026-10-21');
    expect(refusal).toEqual({
      status: 404,
      type: 'not_found_error',
      message: 'model: claude-3-opus-20240229',
    });
  });
});

function webCitation(): object {
  return {
    type: 'web_search_result_location',
    cited_text: 'a',
    encrypted_index: 'e',
    title: 't',
    url: 'https://a.b',
  };
}

function nullFormat(): object {
  return { type: 'json_schema', schema: { type: 'null' } };
}

function prefill(changes: object, content = 'a'): object {
  return { model: 'claude-opus-4-5', messages: [user, { role: 'assistant', content }], ...changes };
}

describe('a request that keeps the rules is accepted', () => {
  test.each<[string, object]>([
    ['the minimum', {}],
    ['an alias', { model: 'claude-haiku-4-5', max_tokens: 64_000 }],
    ['a dated id', { model: 'claude-haiku-4-5-20251001' }],
    ['max_tokens at the limit', { max_tokens: 128_000 }],
    [
      'all plain fields',
      {
        system: 'be brief',
        stop_sequences: ['END'],
        metadata: { user_id: 'u' },
        service_tier: 'auto',
        stream: true,
        cache_control: mark,
      },
    ],
    ['an emoji', { messages: [{ role: 'user', content: '😀' }] }],
    ['consecutive user messages', { messages: [user, user] }],
    ['a blank block beside text', says(text('hi'), text(' '))],
    ['a blank block beside an image', says(text(' '), { type: 'image', source: png })],
    ['an empty system prompt', { system: '' }],
    ['system blocks', { system: [{ ...text('a'), cache_control: mark }] }],
    ['prefill where the model takes it', prefill({})],
    ['an empty final assistant message where the model takes prefill', prefill({}, '')],
    ['an image', image(png)],
    ['an image link', image({ type: 'url', url: 'https://example.com/a.png' })],
    [
      'a pdf',
      says({
        type: 'document',
        source: { type: 'base64', media_type: 'application/pdf', data: PDF },
        title: 'a',
      }),
    ],
    ['a text file', says({ type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'a' } })],
    ['citations of the assistant', after('assistant', [{ ...text('a'), citations: [webCitation()] }])],
    ['four marks', withMarks(4)],
    ['three marks and the automatic one', withMarks(3, { cache_control: mark })],
    ['1h before 5m', { system: [{ ...text('a'), cache_control: { ...mark, ttl: '1h' } }], ...withMarks(1) }],
    ['fast mode', { model: 'claude-opus-5-5', speed: 'fast' }],
  ])('%s', (_name, changes) => {
    expect(message(changes)).toBeNull();
  });

  test('fast mode with its beta, citations of a user under the older version, and extra models', () => {
    const betas = ['fast-mode-2026-02-01'];
    expect(refusalOf(request({ speed: 'fast' }), '2026-10-21', { betas })).toBeNull();
    const thinking = { type: 'adaptive', block_binding: { prefix_mismatch_behavior: 'drop_block' } };
    const binding = request({ model: 'claude-sonnet-5-5', thinking });
    expect(refusalOf(binding, '2026-10-21', { betas })?.message).toContain('block_binding: Extra inputs');
    const controls = ['thinking-binding-controls-2026-08-01'];
    expect(refusalOf(binding, '2026-10-21', { betas: controls })).toBeNull();
    expect(message(says({ ...text('a'), citations: [webCitation()] }), '2023-06-01')).toBeNull();
    const extraModels = [newestFakeModel('claude-opus-6')];
    expect(refusalOf(request({ model: 'claude-opus-6' }), '2026-10-21', { extraModels })).toBeNull();
  });

  test('count_tokens, which takes no max_tokens', () => {
    const counted = request({ max_tokens: undefined });
    expect(refusalOf(counted, '2026-10-21', { endpoint: 'count_tokens' })).toBeNull();
    expect(refusalOf(request(), '2026-10-21', { endpoint: 'count_tokens' })?.message).toBe(
      'max_tokens: Extra inputs are not permitted',
    );
  });
});

describe('system messages', () => {
  const system = { role: 'system', content: 'now in French' };
  const answer = { role: 'assistant', content: 'a' };

  test.each<[string, object[]]>([
    ['first', [system, user]],
    ['after an assistant', [user, answer, system]],
    ['before a user', [user, system, user]],
  ])('are refused %s', (_name, messages) => {
    expect(message({ messages })).toMatch(/system/);
  });

  test.each<[string, object[]]>([
    ['at the end', [user, system]],
    ['before an assistant', [user, system, answer, user]],
    ['next to each other', [user, system, system]],
  ])('are accepted %s', (_name, messages) => {
    expect(message({ messages })).toBeNull();
  });

  test.each([
    ['claude-sonnet-5', false],
    ['claude-opus-4-7', false],
    ['claude-haiku-4-5', false],
    ['claude-opus-4-8', true],
    ['claude-sonnet-5-5', true],
    ['claude-fable-5', true],
  ])('on %s: %s', (model, accepted) => {
    expect(message({ model, messages: [user, system] }) === null).toBe(accepted);
  });
});

describe('sampling under 2023-06-01', () => {
  test.each<[string, object, string | null]>([
    ['claude-sonnet-4-6', { temperature: 0.2 }, null],
    ['claude-sonnet-4-6', { temperature: 0.2, top_k: 5 }, null],
    ['claude-sonnet-4-6', { temperature: 1.1 }, 'temperature: Input should be less than or equal to 1'],
    [
      'claude-sonnet-4-6',
      { temperature: 1, top_p: 1 },
      '`temperature` and `top_p` cannot both be specified for this model. Please use only one.',
    ],
    ['claude-sonnet-4-6', { temperature: 0.2, thinking: { type: 'adaptive' } }, '`temperature` may only'],
    ['claude-sonnet-4-6', { temperature: 1, thinking: { type: 'adaptive' } }, null],
    ['claude-sonnet-4-6', { top_p: 0.9, thinking: { type: 'adaptive' } }, '`top_p` must be'],
    ['claude-sonnet-4-6', { top_p: 0.95, thinking: { type: 'adaptive' } }, null],
    ['claude-sonnet-4-6', { top_k: 3, thinking: { type: 'adaptive' } }, '`top_k` must be unset'],
    ['claude-opus-4-7', { temperature: 1 }, '`temperature` is deprecated for this model.'],
    ['claude-sonnet-5', { top_p: 0.5 }, '`top_p` is deprecated for this model.'],
    ['claude-haiku-5-5', { temperature: 1 }, null],
    ['claude-haiku-5-5', { temperature: 0.9 }, '`temperature` is deprecated'],
    ['claude-haiku-5-5', { top_p: 0.99 }, null],
    ['claude-haiku-5-5', { top_p: 1 }, '`top_p` is deprecated'],
    ['claude-haiku-5-5', { top_k: 1 }, '`top_k` is deprecated'],
    ['claude-haiku-5-5', { temperature: 1, top_p: 0.99 }, 'cannot both be specified'],
  ])('%s %j', (model, changes, expected) => {
    const found = message({ model, ...changes }, '2023-06-01');
    if (expected === null) expect(found).toBeNull();
    else expect(found).toContain(expected);
  });
});
