import { randomUUID } from 'node:crypto';
import type { ChatCompletionRequest } from '../../shared/chat-request.ts';
import { Notices } from '../claude/notices.ts';
import { resolveModel } from '../claude/resolve-model.ts';
import { checkStreamOptions, type ClaudeRequest, toClaudeRequest } from '../claude/to-claude-request.ts';
import type { Envelope } from '../claude/to-completion.ts';
import type { ClaudeClient } from '../upstream/claude-client.ts';
import type { Call } from './call.ts';
import type { ModelCatalogue } from './model-catalogue.ts';

/** What the verbs need from outside. */
export interface ChatDependencies {
  claude: ClaudeClient;
  catalogue: ModelCatalogue;
  modelAliases: Readonly<Record<string, string>>;
}

export interface Prepared extends Envelope {
  claudeRequest: ClaudeRequest;
  notices: Notices;
}

/** Everything of a chat request that is done before Claude is called. Throws a 400 or 404 that names the field. */
export function prepareChat(dependencies: ChatDependencies, call: Call, request: ChatCompletionRequest): Prepared {
  call.record.model = request.model;
  const notices = new Notices(call.strict);
  const model = dependencies.catalogue.withLiveLimits(resolveModel(request.model, dependencies.modelAliases, notices));
  checkStreamOptions(request, notices);
  const claudeRequest = toClaudeRequest(request, model, notices);
  call.record.notices = notices.list();
  return {
    id: `chatcmpl-${randomUUID().replaceAll('-', '')}`,
    created: Math.floor(Date.now() / 1000),
    claudeRequest,
    notices,
  };
}
