import { TrestleError } from '../../shared/error.ts';
import { toLoggedPath } from '../telemetry/logged-path.ts';

/** Routes of OpenAI's that Claude has nothing for, and what to use in their place. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  '/v1/completions': 'Claude takes conversations: use POST /v1/chat/completions, with the prompt as a user message',
  '/v1/embeddings':
    'Claude makes no embeddings: send these requests to a provider that does, such as Voyage AI, with a client of their own',
  '/v1/moderations':
    'Claude has no moderation endpoint: ask a model by POST /v1/chat/completions, with a JSON schema as response_format',
};

/** 404 for a path that no route has. */
export function notFound(method: string, url: string): TrestleError {
  const path = url
    .split('?', 1)[0]!
    .replaceAll(/\/{2,}/g, '/')
    .replace(/(.)\/$/, '$1');
  const hint = Object.hasOwn(ELSEWHERE, path) ? `. ${ELSEWHERE[path]}` : '';
  return new TrestleError('not_found', `There is nothing at ${method} ${toLoggedPath(path)}${hint}`);
}
