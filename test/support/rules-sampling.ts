import type { FakeModel } from './claude-models.ts';
import { refuse } from './claude-refusal.ts';
import type { ClaudeBody } from './rules-body.ts';

const FIELDS = ['temperature', 'top_p', 'top_k'] as const;

/** Sampling under 2023-06-01; the newer version has already refused the fields as unknown ones. */
export function checkSampling(body: ClaudeBody, model: FakeModel): void {
  const sent = FIELDS.filter((field) => body[field] !== undefined && body[field] !== null);
  const [first] = sent;
  if (first === undefined) return;
  if (model.sampling === 'fixed') refuse(`\`${first}\` is deprecated for this model.`);
  if (sent.includes('temperature') && sent.includes('top_p'))
    refuse('`temperature` and `top_p` cannot both be specified for this model. Please use only one.');
  if (model.sampling === 'pinned') checkPinned(body, sent);
  else if (body.thinking?.type === 'enabled' || body.thinking?.type === 'adaptive') checkWithThinking(body, sent);
}

function checkPinned(body: ClaudeBody, sent: readonly string[]): void {
  if (sent.includes('top_k')) refuse('`top_k` is deprecated for this model.');
  if (sent.includes('temperature') && body.temperature !== 1) refuse('`temperature` is deprecated for this model.');
  if (sent.includes('top_p') && body.top_p !== 0.99) refuse('`top_p` is deprecated for this model.');
}

function checkWithThinking(body: ClaudeBody, sent: readonly string[]): void {
  if (sent.includes('temperature') && body.temperature !== 1)
    refuse('`temperature` may only be set to 1 when thinking is enabled.');
  if (sent.includes('top_k')) refuse('`top_k` must be unset when thinking is enabled.');
  if (sent.includes('top_p') && (body.top_p ?? 1) < 0.95)
    refuse('`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled.');
}
