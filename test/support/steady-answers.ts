import { findFakeModel } from './claude-models.ts';
import { type Answer, defaultMessage } from './fake-answer.ts';
import type { ClaudeBody } from './rules-body.ts';

/** The same to the same request each time: a call wherever Claude may make one, in text's company where it need not. */
export function steadyAnswer(body: ClaudeBody): Answer {
  const { content = [], ...rest } = defaultMessage(body, findFakeModel(body.model)!);
  const [tool] = body.tool_choice?.type === 'none' ? [] : (body.tools ?? []).filter((one) => one.input_schema);
  const forced = content.some((block) => 'type' in block && block.type === 'tool_use');
  const call = { type: 'tool_use', name: tool?.name, input: { city: 'Paris' }, caller: { type: 'direct' } };
  const blocks = tool && !forced ? [...content, call] : content;
  return {
    message: {
      ...rest,
      content: blocks.map((block, index) =>
        'type' in block && block.type === 'tool_use' ? { ...block, id: `toolu_${index}` } : block,
      ),
    },
  };
}

/** Calls that Claude wrote as text get ids of their own, new ones each time. */
export const MADE_ID = /"toolu_[\w-]{24}"/g;
