// The judge's own table: nothing here may be taken from server/, or a wrong row there would pass its own test.

export type ThinkingType = 'adaptive' | 'between_tools' | 'disabled' | 'enabled';
export type Effort = 'low' | 'medium' | 'high' | 'xhigh' | 'max';
export type ModelLine = 'haiku' | 'sonnet' | 'opus' | 'fable' | 'mythos';

/** What one model accepts. Token counts are in tokens, dates are `YYYY-MM-DD`. */
export interface FakeModel {
  id: string;
  /** Undated spellings that name the same model. */
  aliases: readonly string[];
  displayName: string;
  line: ModelLine;
  released: string;
  deprecated: string | null;
  retires: string | null;
  contextWindow: number;
  maxOutput: number;
  thinking: readonly ThinkingType[];
  thinkingWhenOmitted: 'on' | 'off';
  thinkingDisplay: 'omitted' | 'summarized';
  /** Replayed thinking must come from the same model and an unchanged prefix. */
  preservedThinking: boolean;
  efforts: readonly Effort[];
  /** False when xhigh and max are refused together with `disabled` or `between_tools`. */
  anyEffortWithoutThinking: boolean;
  forcedTools: boolean;
  prefill: boolean;
  /** free: 0..1 each; fixed: none of the three; pinned: temperature 1 or top_p 0.99 alone. */
  sampling: 'free' | 'fixed' | 'pinned';
  systemMessages: boolean;
  structuredOutputs: boolean;
  fastMode: 'yes' | 'beta' | 'no';
  inferenceGeo: boolean;
  maxImages: number;
}

const FOUR_EFFORTS = ['low', 'medium', 'high', 'max'] as const;

/** The rules of the newest models; rows below say where they differ. */
const NEWEST = {
  aliases: [],
  deprecated: null,
  retires: null,
  contextWindow: 1_000_000,
  maxOutput: 128_000,
  thinking: ['adaptive'],
  thinkingWhenOmitted: 'on',
  thinkingDisplay: 'omitted',
  preservedThinking: true,
  efforts: ['low', 'medium', 'high', 'xhigh', 'max'],
  anyEffortWithoutThinking: false,
  forcedTools: false,
  prefill: false,
  sampling: 'fixed',
  systemMessages: true,
  structuredOutputs: true,
  fastMode: 'no',
  inferenceGeo: true,
  maxImages: 600,
} as const satisfies Partial<FakeModel>;

const FIRST_FABLE = { ...NEWEST, preservedThinking: false, forcedTools: true } as const;

const OFF_BY_DEFAULT = {
  ...NEWEST,
  thinking: ['adaptive', 'disabled'],
  thinkingWhenOmitted: 'off',
  preservedThinking: false,
  anyEffortWithoutThinking: true,
  forcedTools: true,
  systemMessages: false,
} as const;

const GENERATION_4_6 = {
  ...OFF_BY_DEFAULT,
  thinking: ['adaptive', 'enabled', 'disabled'],
  thinkingDisplay: 'summarized',
  efforts: FOUR_EFFORTS,
  anyEffortWithoutThinking: false,
  sampling: 'free',
} as const;

const GENERATION_4_5 = {
  ...GENERATION_4_6,
  contextWindow: 200_000,
  maxOutput: 64_000,
  thinking: ['enabled', 'disabled'],
  efforts: [],
  prefill: true,
  inferenceGeo: false,
  maxImages: 100,
} as const;

function row(
  base: Omit<FakeModel, 'id' | 'displayName' | 'line' | 'released'>,
  id: string,
  released: string,
  differences: Partial<FakeModel> = {},
): FakeModel {
  const [, line = '', ...version] = id.replace(/-\d{8}$/, '').split('-');
  const displayName = `Claude ${line.charAt(0).toUpperCase()}${line.slice(1)} ${version.join('.')}`;
  return { ...base, id, released, displayName, line: line as ModelLine, ...differences };
}

/** Newest first, as the catalogue lists them. */
export const FAKE_MODELS: readonly FakeModel[] = [
  row(NEWEST, 'claude-fable-5-2', '2026-11-09', { fastMode: 'yes' }),
  row(NEWEST, 'claude-mythos-5-2', '2026-11-09'),
  row(NEWEST, 'claude-haiku-5-5', '2026-10-07', {
    thinking: ['adaptive', 'disabled'],
    forcedTools: true,
    sampling: 'pinned',
  }),
  row(NEWEST, 'claude-sonnet-5-5', '2026-09-28', { thinking: ['adaptive', 'between_tools'] }),
  row(NEWEST, 'claude-opus-5-5', '2026-09-22', { fastMode: 'yes' }),
  row(NEWEST, 'claude-fable-5-1', '2026-09-01'),
  row(NEWEST, 'claude-mythos-5-1', '2026-09-01'),
  row(FIRST_FABLE, 'claude-opus-5', '2026-07-24', {
    thinking: ['adaptive', 'disabled'],
    fastMode: 'beta',
  }),
  row(OFF_BY_DEFAULT, 'claude-sonnet-5', '2026-06-30', { thinkingWhenOmitted: 'on' }),
  row(FIRST_FABLE, 'claude-fable-5', '2026-06-09'),
  row(FIRST_FABLE, 'claude-mythos-5', '2026-06-09'),
  row(OFF_BY_DEFAULT, 'claude-opus-4-8', '2026-05-28', { systemMessages: true, fastMode: 'beta' }),
  row(OFF_BY_DEFAULT, 'claude-opus-4-7', '2026-04-16'),
  row(NEWEST, 'claude-mythos-preview', '2026-04-07', {
    deprecated: '2026-06-09',
    thinking: ['adaptive', 'enabled'],
    efforts: FOUR_EFFORTS,
    preservedThinking: false,
    systemMessages: false,
  }),
  row(GENERATION_4_6, 'claude-sonnet-4-6', '2026-02-17'),
  row(GENERATION_4_6, 'claude-opus-4-6', '2026-02-05'),
  row(GENERATION_4_5, 'claude-opus-4-5-20251101', '2025-11-24', {
    aliases: ['claude-opus-4-5'],
    efforts: ['low', 'medium', 'high'],
  }),
  row(GENERATION_4_5, 'claude-haiku-4-5-20251001', '2025-10-15', { aliases: ['claude-haiku-4-5'] }),
  row(GENERATION_4_5, 'claude-sonnet-4-5-20250929', '2025-09-29', {
    aliases: ['claude-sonnet-4-5'],
    deprecated: '2026-09-29',
    retires: '2026-11-30',
  }),
];

/** Ids that worked once and now answer 404. */
export const RETIRED_MODEL_IDS: readonly string[] = [
  'claude-opus-4-1-20250805',
  'claude-opus-4-1',
  'claude-opus-4-20250514',
  'claude-opus-4-0',
  'claude-sonnet-4-20250514',
  'claude-sonnet-4-0',
  'claude-3-7-sonnet-20250219',
  'claude-3-7-sonnet-latest',
  'claude-3-5-haiku-20241022',
  'claude-3-5-haiku-latest',
  'claude-3-5-sonnet-20241022',
  'claude-3-5-sonnet-20240620',
  'claude-3-5-sonnet-latest',
  'claude-3-opus-20240229',
  'claude-3-opus-latest',
  'claude-3-haiku-20240307',
];

/** The model of this exact id or alias; undefined for retired and unknown ids. */
export function findFakeModel(id: string, extraModels: readonly FakeModel[] = []): FakeModel | undefined {
  return [...extraModels, ...FAKE_MODELS].find((model) => model.id === id || model.aliases.includes(id));
}

/** A model for `extraModels` that follows the newest rules under another id. */
export function newestFakeModel(id: string, differences: Partial<FakeModel> = {}): FakeModel {
  return row(NEWEST, id, '2026-11-20', differences);
}
