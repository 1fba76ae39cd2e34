import type Anthropic from '@anthropic-ai/sdk';
import type { FakeModel } from './claude-models.ts';
import { FAKE_MODELS } from './claude-models.ts';
import { refuse, refuseUnknown } from './claude-refusal.ts';

const YES = { supported: true };
const NO = { supported: false };

function supported(yes: boolean): { supported: boolean } {
  return yes ? YES : NO;
}

function timestamp(date: string | null): string | null {
  return date === null ? null : `${date}T00:00:00Z`;
}

/** The full entry of `GET /v1/models`. */
export function modelInfoOf(model: FakeModel): Anthropic.ModelInfo {
  const { efforts, thinking } = model;
  return {
    type: 'model',
    id: model.id,
    display_name: model.displayName,
    created_at: `${model.released}T00:00:00Z`,
    lifecycle: model.deprecated === null ? 'active' : 'deprecated',
    deprecated_at: timestamp(model.deprecated),
    retires_at: timestamp(model.retires),
    line: model.line,
    max_input_tokens: model.contextWindow,
    max_tokens: model.maxOutput,
    capabilities: {
      batch: YES,
      citations: YES,
      code_execution: YES,
      context_management: {
        supported: true,
        clear_thinking_20251015: YES,
        clear_tool_uses_20250919: YES,
        compact_20260112: supported(model.maxOutput > 64_000),
      },
      effort: {
        supported: efforts.length > 0,
        low: supported(efforts.includes('low')),
        medium: supported(efforts.includes('medium')),
        high: supported(efforts.includes('high')),
        xhigh: supported(efforts.includes('xhigh')),
        max: supported(efforts.includes('max')),
      },
      image_input: YES,
      pdf_input: YES,
      server_tools: { supported: true, code_execution: YES, web_search: YES },
      structured_outputs: supported(model.structuredOutputs),
      thinking: {
        supported: true,
        types: {
          adaptive: supported(thinking.includes('adaptive')),
          between_tools: supported(thinking.includes('between_tools')),
          disabled: supported(thinking.includes('disabled')),
          enabled: supported(thinking.includes('enabled')),
        },
      },
    },
  };
}

export interface ModelPage {
  data: Anthropic.ModelInfo[];
  has_more: boolean;
  first_id: string | null;
  last_id: string | null;
}

/** One page of the catalogue; `limit` (1..1000, default 20), `after_id`, `before_id` and `lifecycle` as upstream. */
export function modelPage(query: URLSearchParams, extraModels: readonly FakeModel[]): ModelPage {
  const limit = Number(query.get('limit') ?? 20);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
    refuse('limit: Input should be a valid integer between 1 and 1000');
  const wanted = [...query.getAll('lifecycle'), ...query.getAll('lifecycle[]')];
  const all = [...extraModels, ...FAKE_MODELS]
    .map(modelInfoOf)
    .filter((info) => wanted.length === 0 || wanted.includes(info.lifecycle));
  const after = cursor(query.get('after_id'), all);
  const before = cursor(query.get('before_id'), all);
  const end = before === -1 ? Math.min(after + 1 + limit, all.length) : before;
  const data = all.slice(before === -1 ? after + 1 : Math.max(0, before - limit), end);
  return {
    data,
    has_more: before === -1 ? end < all.length : before - limit > 0,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
  };
}

function cursor(id: string | null, all: Anthropic.ModelInfo[]): number {
  if (id === null) return -1;
  const index = all.findIndex((info) => info.id === id);
  if (index === -1) refuseUnknown(`model: ${id}`);
  return index;
}
