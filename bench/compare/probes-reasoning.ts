import { blocksOf } from '../../test/support/rules-blocks-walk.ts';
import { broken, type Finding, honoured, silent, told } from './finding.ts';
import { leftOut, type ProbeGroup, type Trial } from './probe.ts';
import { chat, type ChatMessage, MODELS, weatherTool } from './requests.ts';

const LOW = { reasoning_effort: 'low', max_tokens: 8000 };

export const REASONING: ProbeGroup = {
  title: 'Reasoning',
  probes: [
    {
      title: '`reasoning_effort` on a current model',
      async run(trial) {
        const reply = await trial.send(chat(LOW), { reasoning: true });
        const failure = trial.failed(reply, /reasoning_effort/);
        if (failure) return failure;
        const { thinking, output_config: config } = trial.claude;
        const evidence = `Claude got ${JSON.stringify({ thinking, output_config: config })}`;
        return config?.effort === 'low' ? honoured(evidence) : leftOut(reply, /reasoning_effort/, evidence);
      },
    },
    {
      title: 'the text of the reasoning comes back after `reasoning_effort`',
      async run(trial) {
        const reply = await trial.send(chat(LOW), { reasoning: true });
        const failure = trial.failed(reply, /reasoning_effort/);
        if (failure) return failure;
        const { reasoning = '' } = reply.choices[0] ?? {};
        return reasoning ? honoured(JSON.stringify(reasoning)) : silent('no reasoning in the answer');
      },
    },
    {
      title: '`reasoning_effort: high` with 1,500 tokens, on a model that thinks by a budget',
      async run(trial) {
        const reply = await trial.send(chat({ model: MODELS.budget, reasoning_effort: 'high', max_tokens: 1500 }), {
          reasoning: true,
        });
        const failure = trial.failed(reply, /reasoning_effort|budget_tokens|max_tokens/);
        if (failure) return failure;
        const { thinking, max_tokens: limit } = trial.claude;
        const evidence = `Claude got ${JSON.stringify({ thinking, max_tokens: limit })}`;
        if (thinking?.type === 'enabled' && limit === 1500) return honoured(evidence);
        return leftOut(reply, /reasoning_effort|max_tokens/, evidence);
      },
    },
    {
      title: 'signed thinking in a tool loop, client that knows only OpenAI’s fields',
      run: (trial) => toolLoop(trial, ({ role, content, tool_calls }) => ({ role, content, tool_calls })),
    },
    {
      title: 'signed thinking in a tool loop, client that sends the whole message back',
      run: (trial) => toolLoop(trial, (message) => message),
    },
  ],
};

async function toolLoop(trial: Trial, kept: (message: Record<string, unknown>) => object): Promise<Finding> {
  trial.answerWith((body) =>
    body.messages.length > 1
      ? undefined
      : {
          message: {
            content: [
              { type: 'thinking', thinking: 'I need the weather.', signature: '' },
              { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: { city: 'Oslo' } },
            ],
          },
        },
  );
  const question = { role: 'user', content: 'Weather?' };
  const request = { ...LOW, tools: [weatherTool()] };
  const first = await trial.send(chat({ ...request, messages: [question] }), { reasoning: true });
  const failure = trial.failed(first, /reasoning_effort/);
  if (failure) return failure;
  const message = first.choices[0]?.message ?? {};
  const id = first.choices[0]?.calls[0]?.id;
  if (id === undefined) return broken('the first answer had no call');
  const answer = { role: 'tool', tool_call_id: id, content: 'rain' };
  const messages = [question, kept(message) as ChatMessage, answer];
  const second = await trial.send(chat({ ...request, messages }), { reasoning: true });
  const secondFailure = trial.failed(second, /(?!)/);
  if (secondFailure) return secondFailure;
  const back = trial.claude.messages.flatMap(blocksOf).find(({ type }) => type === 'thinking');
  if (back === undefined) return silent('the second request to Claude had no thinking');
  return back.signature ? honoured('the second request to Claude had the signed block') : told('without signature');
}
