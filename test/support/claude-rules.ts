import type { FakeModel } from './claude-models.ts';
import { findFakeModel } from './claude-models.ts';
import type { ClaudeRefusal } from './claude-refusal.ts';
import { refuse, RefusedByClaude, refuseUnknown } from './claude-refusal.ts';
import { isRecord } from './claude-shape.ts';
import type { ClaudeBody, ClaudeEndpoint } from './rules-body.ts';
import { checkedBody } from './rules-body.ts';
import { checkCacheControl } from './rules-cache.ts';
import { checkMessages } from './rules-messages.ts';
import { checkSampling } from './rules-sampling.ts';
import { checkSources } from './rules-sources.ts';
import { checkThinkingBlocks } from './rules-thinking-blocks.ts';
import { checkThinkingConfig } from './rules-thinking.ts';
import { checkToolResults } from './rules-tool-results.ts';
import { checkTools } from './rules-tools.ts';

/** What the rules need to know beside the body. */
export interface RefusalOptions {
  /** @default 'messages' */
  endpoint?: ClaudeEndpoint;
  /** Models beside the table; they win over rows of the same id. */
  extraModels?: readonly FakeModel[];
  /** Thinking signatures to trust that `signThinking` has not made, e.g. those of recorded streams. */
  knownSignatures?: ReadonlySet<string>;
  /** Names from the `anthropic-beta` header. */
  betas?: readonly string[];
}

/** The error that Claude would answer this request with; null when it would accept it. */
export function refusalOf(
  body: unknown,
  anthropicVersion: string | undefined,
  options: RefusalOptions = {},
): ClaudeRefusal | null {
  try {
    checkAll(body, anthropicVersion, options);
    return null;
  } catch (error) {
    if (error instanceof RefusedByClaude) return error.refusal;
    throw error;
  }
}

function checkAll(body: unknown, anthropicVersion: string | undefined, options: RefusalOptions): void {
  const { endpoint = 'messages', extraModels = [], knownSignatures = new Set(), betas = [] } = options;
  const checked = checkedBody(withoutBetaFields(withoutOldFormat(body, betas), betas), anthropicVersion, endpoint);
  const model = findFakeModel(checked.model, extraModels);
  if (model === undefined) refuseUnknown(`model: ${checked.model}`);
  checkLimits(checked, model, betas);
  checkSampling(checked, model);
  checkThinkingConfig(checked, model, endpoint);
  checkMessages(checked, model, anthropicVersion ?? '');
  checkToolResults(checked);
  checkTools(checked, model);
  checkSources(checked, model);
  checkCacheControl(checked);
  checkThinkingBlocks(checked, model, knownSignatures);
}

/** Before structured outputs were released, a beta had their format at the top level; it still works (section 3.5). */
function withoutOldFormat(body: unknown, betas: readonly string[]): unknown {
  if (!isRecord(body) || !('output_format' in body) || !betas.includes('structured-outputs-2025-11-13')) return body;
  const { output_format: format, output_config: config, ...rest } = body;
  return { ...rest, output_config: { ...(isRecord(config) ? config : {}), format } };
}

/** What a mismatch of replayed thinking comes to: it is dropped under this beta; here it is refused all the same. */
function withoutBetaFields(body: unknown, betas: readonly string[]): unknown {
  if (!isRecord(body) || !isRecord(body['thinking']) || !betas.includes('thinking-binding-controls-2026-08-01')) {
    return body;
  }
  const { block_binding: _dropped, ...thinking } = body['thinking'];
  return { ...body, thinking };
}

function checkLimits(body: ClaudeBody, model: FakeModel, betas: readonly string[]): void {
  const { max_tokens: asked = 0, speed, inference_geo: geo } = body;
  if (asked > model.maxOutput)
    refuse(
      `max_tokens: ${asked} > ${model.maxOutput}, which is the maximum allowed number of output tokens for ${body.model}`,
    );
  if (body.stop_sequences?.some((sequence) => sequence.trim() === ''))
    refuse('stop_sequences: each stop sequence must contain non-whitespace');
  if (speed !== undefined && speed !== null && model.fastMode === 'beta' && !betas.includes('fast-mode-2026-02-01'))
    refuse('speed: Extra inputs are not permitted');
  if (speed === 'fast' && model.fastMode === 'no') refuse('speed: fast mode is not supported on this model');
  if (geo !== undefined && geo !== null && !model.inferenceGeo) refuse('inference_geo: not supported on this model');
}
