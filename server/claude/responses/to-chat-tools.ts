import type { z } from 'zod';
import type { ChatCompletionRequest } from '../../../shared/chat-request.ts';
import type {
  ResponseCustomTool,
  ResponseFunctionTool,
  ResponseNamespaceTool,
  ResponseTool,
  ResponseToolChoice,
  ResponseToolSearchTool,
  ResponseWebSearchTool,
} from '../../../shared/responses/response-tool.ts';
import type { Tool } from '../../../shared/tool.ts';
import type { WebSearchOptions } from '../../../shared/web-search.ts';
import type { Notices } from '../notices.ts';
import { CLIENT_TOOLS, isClientTool } from './client-tools.ts';
import type { ParamNames } from './param-names.ts';
import { sentName, ToolNames } from './tool-names.ts';

/** Collects the tools of a request, wherever it has them, as those of chat completions. */
export class ChatTools {
  readonly names = new ToolNames();
  readonly tools: Tool[] = [];
  webSearch: z.infer<typeof WebSearchOptions> | undefined;
  readonly #params: ParamNames;
  readonly #notices: Notices;

  constructor(params: ParamNames, notices: Notices) {
    this.#params = params;
    this.#notices = notices;
  }

  /** Tools of one list. Those that are declared again by a later list, such as the results of two searches, stay as they were. */
  add(tools: readonly ResponseTool[], path: string, isLater: boolean): void {
    tools.forEach((tool, index) => this.#add(tool, `${path}[${index}]`, isLater));
  }

  #add(tool: ResponseTool, path: string, isLater: boolean): void {
    switch (tool.type) {
      case 'function':
      case 'custom':
        return this.#addNamed(tool, path, undefined, isLater);
      case 'namespace':
        tool.tools.forEach((one, index) => this.#addNamed(one, `${path}.tools[${index}]`, tool, isLater));
        return;
      case 'web_search':
      case 'web_search_2025_08_26':
      case 'web_search_preview':
      case 'web_search_preview_2025_03_11':
        return this.#addWebSearch(tool, path);
      case 'tool_search':
        // A search of the server's: what it could find is declared at once.
        if (tool.execution !== 'client')
          return this.#notices.add(path, 'emulated', 'Claude is shown all tools at once; it searches for none');
        return this.#addClientTool(tool, path, isLater);
      case 'shell':
        if (tool.environment && tool.environment['type'] !== 'local')
          return this.#notices.add(
            path,
            'ignored',
            "there are no containers here; a shell runs on the caller's machine alone",
          );
        return this.#addClientTool(tool, path, isLater);
      case 'local_shell':
      case 'apply_patch':
        return this.#addClientTool(tool, path, isLater);
      default: {
        const { type } = tool as { type: string };
        this.#notices.add(path, 'ignored', `'${type}' runs at OpenAI, and is not there`);
      }
    }
  }

  #addNamed(
    tool: ResponseFunctionTool | ResponseCustomTool,
    path: string,
    namespace: ResponseNamespaceTool | undefined,
    isLater: boolean,
  ): void {
    if (isLater && this.names.has(sentName(tool.name, namespace?.name))) return;
    const name = this.names.declare({ kind: tool.type, name: tool.name, namespace: namespace?.name });
    const described = {
      name,
      description: descriptionOf(tool.description, namespace),
    };
    const mark = tool.cache_control && { cache_control: tool.cache_control };
    this.#params.tools.push(path);
    if (tool.type === 'function') {
      const { parameters, strict } = tool;
      this.tools.push({ type: 'function', function: { ...described, parameters, strict }, ...mark });
      return;
    }
    const { format } = tool;
    const grammar = format?.type === 'grammar' && { syntax: format.syntax, definition: format.definition };
    this.tools.push({
      type: 'custom',
      custom: { ...described, ...(grammar && { format: { type: 'grammar', grammar } }) },
      ...mark,
    });
  }

  #addClientTool(
    tool: { type: keyof typeof CLIENT_TOOLS } & Partial<Pick<ResponseToolSearchTool, 'description' | 'parameters'>>,
    path: string,
    isLater: boolean,
  ): void {
    if (isLater && this.names.has(tool.type)) return;
    const name = this.names.declare({ kind: tool.type, name: tool.type });
    const { description, parameters } = CLIENT_TOOLS[tool.type];
    this.#params.tools.push(path);
    this.tools.push({
      type: 'function',
      function: { name, description: tool.description ?? description, parameters: tool.parameters ?? parameters },
    });
  }

  #addWebSearch(tool: ResponseWebSearchTool, path: string): void {
    if (tool.external_web_access === false) {
      const why = 'Claude searches the web as it is, and has no stored pages; it does not search';
      return this.#notices.add(`${path}.external_web_access`, 'emulated', why);
    }
    if (tool.filters?.allowed_domains?.length)
      this.#notices.add(`${path}.filters`, 'ignored', "Claude's search is not held to domains here");
    this.#params.webSearch = path;
    const { type: _type, ...place } = tool.user_location ?? {};
    this.webSearch = {
      ...(tool.search_context_size && { search_context_size: tool.search_context_size }),
      ...(tool.user_location && { user_location: { type: 'approximate', approximate: place } }),
    };
  }
}

function descriptionOf(own: string | null | undefined, namespace: ResponseNamespaceTool | undefined): string | null {
  const shared = namespace?.description ? `(${namespace.name}: ${namespace.description})` : '';
  return [own, shared].filter(Boolean).join('\n\n') || null;
}

type ChatToolChoice = ChatCompletionRequest['tool_choice'];

/** The choice among the tools as that of chat completions; undefined where it stands for itself. */
export function toChatToolChoice(
  choice: ResponseToolChoice | null | undefined,
  tools: ChatTools,
  notices: Notices,
): ChatToolChoice {
  if (!choice || typeof choice === 'string') return choice;
  if (choice.type === 'allowed_tools') {
    const allowed = (choice.tools ?? []).flatMap((one) => namedTool(one, tools) ?? []);
    return { type: 'allowed_tools', allowed_tools: { mode: choice.mode ?? 'auto', tools: allowed } };
  }
  const named = namedTool(choice, tools);
  if (named) return named;
  notices.add('tool_choice', 'ignored', `Claude can't be held to '${choice.type}'`);
  return undefined;
}

interface Chosen {
  type?: unknown;
  name?: unknown;
  namespace?: unknown;
}

function namedTool({ type, name, namespace }: Chosen, { names }: ChatTools) {
  if (typeof type === 'string' && isClientTool(type) && names.has(type))
    return { type: 'function' as const, function: { name: type as string } };
  if ((type !== 'function' && type !== 'custom') || typeof name !== 'string') return undefined;
  const sent = sentName(name, typeof namespace === 'string' ? namespace : undefined);
  return type === 'function'
    ? { type: 'function' as const, function: { name: sent } }
    : { type: 'custom' as const, custom: { name: sent } };
}
