/** Claude's effort levels, lowest first. */
export const EFFORTS = ['low', 'medium', 'high', 'xhigh', 'max'] as const;
export type Effort = (typeof EFFORTS)[number];

export type ThinkingType = 'adaptive' | 'between_tools' | 'disabled' | 'enabled';

/** What one Claude model takes and does; the only place where models differ. */
export interface ModelRules {
  id: string;
  displayName: string;
  /** Release day, RFC 3339. */
  released: string;
  /** Last day, RFC 3339, or null when none is announced. */
  retires: string | null;
  contextWindow: number;
  maxOutputTokens: number;
  /** `one`: temperature 0..1 or top_p, under anthropic-version 2023-06-01; `none`: neither. */
  sampling: 'one' | 'none';
  /** The `thinking.type` values that are not refused. */
  thinking: readonly ThinkingType[];
  /** Whether Claude thinks when `thinking` is left out. */
  thinksByDefault: boolean;
  /** Signed thinking blocks are bound to the model and to the conversation before them. */
  bindsThinking: boolean;
  efforts: readonly Effort[];
  /** Highest effort accepted together with `disabled` or `between_tools`. */
  effortWithoutThinking: Effort;
  /** `tool_choice` of type `any` and `tool` is accepted. */
  forcedToolChoice: boolean;
  /** A trailing assistant message is continued. */
  prefill: boolean;
  /** `role: "system"` is accepted inside `messages`. */
  systemInMessages: boolean;
  /** Shortest prefix that is cached, in tokens. */
  minCacheTokens: number;
}

const ALL = EFFORTS;
const NO_XHIGH = ['low', 'medium', 'high', 'max'] as const;
const ONE_MILLION = { contextWindow: 1_000_000, maxOutputTokens: 128_000 };
const SMALL = { contextWindow: 200_000, maxOutputTokens: 64_000 };

/** What the newest generation shares; each row below states its own differences. */
const NEWEST = {
  ...ONE_MILLION,
  retires: null,
  sampling: 'none',
  thinking: ['adaptive'],
  thinksByDefault: true,
  bindsThinking: true,
  efforts: ALL,
  effortWithoutThinking: 'high',
  forcedToolChoice: false,
  prefill: false,
  systemInMessages: true,
  minCacheTokens: 512,
} as const satisfies Partial<ModelRules>;

/** Opus and Sonnet 4.6: thinking is off until asked for, sampling is still taken. */
const GENERATION_4_6 = {
  ...NEWEST,
  sampling: 'one',
  thinking: ['adaptive', 'enabled', 'disabled'],
  thinksByDefault: false,
  bindsThinking: false,
  efforts: NO_XHIGH,
  effortWithoutThinking: 'high',
  forcedToolChoice: true,
  systemInMessages: false,
} as const satisfies Partial<ModelRules>;

const GENERATION_4_5 = {
  ...GENERATION_4_6,
  ...SMALL,
  thinking: ['enabled', 'disabled'],
  efforts: [],
  prefill: true,
} as const satisfies Partial<ModelRules>;

/** Opus 4.7 and 4.8, before thinking became the default. */
const GENERATION_4_7 = {
  ...NEWEST,
  thinking: ['adaptive', 'disabled'],
  thinksByDefault: false,
  bindsThinking: false,
  effortWithoutThinking: 'max',
  forcedToolChoice: true,
  systemInMessages: false,
} as const satisfies Partial<ModelRules>;

function model(
  id: string,
  displayName: string,
  released: string,
  rules: Omit<ModelRules, 'id' | 'displayName' | 'released'>,
): ModelRules {
  return { id, displayName, released, ...rules };
}

/** Newest first within a family. Source: Claude's model overview and migration pages of October and November 2026. */
export const MODELS: readonly ModelRules[] = [
  model('claude-fable-5-2', 'Claude Fable 5.2', '2026-11-09', NEWEST),
  model('claude-mythos-5-2', 'Claude Mythos 5.2', '2026-11-09', NEWEST),
  model('claude-fable-5-1', 'Claude Fable 5.1', '2026-09-01', NEWEST),
  model('claude-mythos-5-1', 'Claude Mythos 5.1', '2026-09-01', NEWEST),
  model('claude-fable-5', 'Claude Fable 5', '2026-06-09', { ...NEWEST, forcedToolChoice: true, bindsThinking: false }),
  model('claude-mythos-5', 'Claude Mythos 5', '2026-06-09', {
    ...NEWEST,
    forcedToolChoice: true,
    bindsThinking: false,
  }),
  model('claude-mythos-preview', 'Claude Mythos Preview', '2026-04-07', {
    ...NEWEST,
    thinking: ['adaptive', 'enabled'],
    bindsThinking: false,
    efforts: NO_XHIGH,
    systemInMessages: false,
    minCacheTokens: 2048,
  }),
  model('claude-opus-5-5', 'Claude Opus 5.5', '2026-09-22', NEWEST),
  model('claude-opus-5', 'Claude Opus 5', '2026-07-24', {
    ...NEWEST,
    thinking: ['adaptive', 'disabled'],
    forcedToolChoice: true,
    bindsThinking: false,
  }),
  model('claude-opus-4-8', 'Claude Opus 4.8', '2026-05-28', {
    ...GENERATION_4_7,
    systemInMessages: true,
    minCacheTokens: 1024,
  }),
  model('claude-opus-4-7', 'Claude Opus 4.7', '2026-04-16', { ...GENERATION_4_7, minCacheTokens: 2048 }),
  model('claude-opus-4-6', 'Claude Opus 4.6', '2026-02-05', { ...GENERATION_4_6, minCacheTokens: 4096 }),
  model('claude-opus-4-5', 'Claude Opus 4.5', '2025-11-24', {
    ...GENERATION_4_5,
    efforts: ['low', 'medium', 'high'],
    effortWithoutThinking: 'high',
    minCacheTokens: 4096,
  }),
  model('claude-sonnet-5-5', 'Claude Sonnet 5.5', '2026-09-28', { ...NEWEST, thinking: ['adaptive', 'between_tools'] }),
  model('claude-sonnet-5', 'Claude Sonnet 5', '2026-06-30', {
    ...NEWEST,
    thinking: ['adaptive', 'disabled'],
    effortWithoutThinking: 'max',
    forcedToolChoice: true,
    bindsThinking: false,
    systemInMessages: false,
    minCacheTokens: 1024,
  }),
  model('claude-sonnet-4-6', 'Claude Sonnet 4.6', '2026-02-17', { ...GENERATION_4_6, minCacheTokens: 1024 }),
  model('claude-sonnet-4-5', 'Claude Sonnet 4.5', '2025-09-29', {
    ...GENERATION_4_5,
    retires: '2026-11-30',
    minCacheTokens: 1024,
  }),
  model('claude-haiku-5-5', 'Claude Haiku 5.5', '2026-10-07', {
    ...NEWEST,
    thinking: ['adaptive', 'disabled'],
    forcedToolChoice: true,
  }),
  model('claude-haiku-4-5', 'Claude Haiku 4.5', '2025-10-15', { ...GENERATION_4_5, minCacheTokens: 4096 }),
];

/** Dated names of the models above. Models from 4.6 on have none. */
export const DATED_IDS: Readonly<Record<string, string>> = {
  'claude-opus-4-5-20251101': 'claude-opus-4-5',
  'claude-sonnet-4-5-20250929': 'claude-sonnet-4-5',
  'claude-haiku-4-5-20251001': 'claude-haiku-4-5',
};

/** Ids that Claude no longer answers, with the model that takes their place. */
export const SUCCESSORS: Readonly<Record<string, string>> = {
  'claude-sonnet-4-20250514': 'claude-sonnet-4-6',
  'claude-sonnet-4-0': 'claude-sonnet-4-6',
  'claude-opus-4-20250514': 'claude-opus-4-6',
  'claude-opus-4-0': 'claude-opus-4-6',
  'claude-opus-4-1-20250805': 'claude-opus-4-6',
  'claude-opus-4-1': 'claude-opus-4-6',
  'claude-3-7-sonnet-20250219': 'claude-sonnet-4-6',
  'claude-3-7-sonnet-latest': 'claude-sonnet-4-6',
  'claude-3-5-sonnet-20241022': 'claude-sonnet-4-6',
  'claude-3-5-sonnet-20240620': 'claude-sonnet-4-6',
  'claude-3-5-sonnet-latest': 'claude-sonnet-4-6',
  'claude-3-5-haiku-20241022': 'claude-haiku-4-5',
  'claude-3-5-haiku-latest': 'claude-haiku-4-5',
  'claude-3-opus-20240229': 'claude-opus-4-6',
  'claude-3-opus-latest': 'claude-opus-4-6',
  'claude-3-sonnet-20240229': 'claude-sonnet-4-6',
  'claude-3-haiku-20240307': 'claude-haiku-4-5',
};

const BY_ID = new Map(MODELS.map((rules) => [rules.id, rules]));

/** The rules of a model by its exact id, dated or not. */
export function rulesOf(id: string): ModelRules | undefined {
  return BY_ID.get(DATED_IDS[id] ?? id);
}

/** Rules for a `claude-*` id that is newer than this table. */
export function newestRules(id: string): ModelRules {
  return { id, displayName: id, released: '1970-01-01', ...NEWEST };
}
