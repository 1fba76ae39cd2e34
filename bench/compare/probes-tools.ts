import { blocksOf } from '../../test/support/rules-blocks-walk.ts';
import { broken, type Finding, honoured, silent, told } from './finding.ts';
import { leftOut, type Probe, type ProbeGroup } from './probe.ts';
import { call, chat, type ChatMessage, MODELS, weatherTool } from './requests.ts';

const NAMED = { type: 'function', function: { name: 'get_weather' } };
const NEVER = /(?!)/;

/** A history that OpenAI takes. */
function history(title: string, messages: ChatMessage[], fields: Record<string, unknown> = {}): Probe {
  return {
    title,
    async run(trial) {
      const reply = await trial.send(chat({ messages, tools: [weatherTool()], ...fields }));
      const failure = trial.failed(reply, NEVER);
      if (failure) return failure;
      const results = trial.claude.messages.flatMap(blocksOf).filter(({ type }) => type === 'tool_result').length;
      const sent = messages.filter(({ role }) => role === 'tool').length;
      const evidence = `Claude took ${results} of ${sent} result(s)`;
      return results === sent ? honoured(evidence) : silent(evidence);
    },
  };
}

const QUESTION = { role: 'user', content: 'Weather?' };

export const TOOLS: ProbeGroup = {
  title: 'Tools',
  probes: [
    {
      title: 'named `tool_choice` with `parallel_tool_calls: false`',
      async run(trial) {
        const reply = await trial.send(
          chat({
            model: MODELS.forcing,
            tools: [weatherTool(), weatherTool('get_time')],
            tool_choice: NAMED,
            parallel_tool_calls: false,
          }),
        );
        const failure = trial.failed(reply, /tool_choice|parallel_tool_calls/);
        if (failure) return failure;
        const sent = trial.claude.tool_choice as Record<string, unknown> | undefined;
        const evidence = `Claude got ${JSON.stringify(sent)}`;
        if (sent?.['name'] !== 'get_weather') return leftOut(reply, /tool_choice/, evidence);
        if (reply.choices[0]?.calls[0]?.name !== 'get_weather') return broken(`${evidence}, the client no call`);
        if (sent['disable_parallel_tool_use'] === true) return honoured(evidence);
        return leftOut(reply, /parallel_tool_calls/, evidence);
      },
    },
    {
      title: 'named `tool_choice` on a model that can not be forced',
      async run(trial) {
        const reply = await trial.send(chat({ tools: [weatherTool()], tool_choice: NAMED }));
        const failure = trial.failed(reply, /tool_choice/);
        if (failure) return failure;
        const { tool_choice: sent, system, messages } = trial.claude;
        const evidence = `Claude got tool_choice ${JSON.stringify(sent ?? null)}`;
        const said = JSON.stringify([system, messages]).includes('get_weather');
        return said ? told(`${evidence} and an instruction`) : leftOut(reply, /tool_choice/, evidence);
      },
    },
    {
      title: 'tools with `parameters: {}` and without `parameters`',
      async run(trial) {
        const tools = [
          { type: 'function', function: { name: 'ping', parameters: {} } },
          { type: 'function', function: { name: 'pong' } },
        ];
        const failure = trial.failed(await trial.send(chat({ tools })), NEVER);
        return failure ?? honoured(`Claude took ${trial.claude.tools?.length} tools`);
      },
    },
    {
      title: 'streamed call of a tool without arguments',
      async run(trial) {
        trial.answerWith(() => ({
          message: { content: [{ type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: {} }] },
        }));
        const reply = await trial.send(chat({ stream: true, tools: [weatherTool()] }));
        const failure = trial.failed(reply, NEVER);
        if (failure) return failure;
        const { calls = [], finishReasons = [] } = reply.choices[0] ?? {};
        const evidence = `arguments ${JSON.stringify(calls[0]?.arguments)}, finish_reason ${finishReasons.join()}`;
        const fits = calls[0]?.arguments === '{}' && finishReasons.join() === 'tool_calls';
        return fits ? honoured(evidence) : broken(evidence);
      },
    },
    history('two calls, their results in the other order, then a question', [
      QUESTION,
      { role: 'assistant', content: null, tool_calls: [call('call_a'), call('call_b')] },
      { role: 'tool', tool_call_id: 'call_b', content: 'rain' },
      { role: 'tool', tool_call_id: 'call_a', content: 'sun' },
      { role: 'user', content: 'And tomorrow?' },
    ]),
    history('call with an empty result', [
      QUESTION,
      { role: 'assistant', content: '', tool_calls: [call('call_a')] },
      { role: 'tool', tool_call_id: 'call_a', content: '' },
    ]),
    history("another provider's call ids (`call:1.a`)", [
      QUESTION,
      { role: 'assistant', content: null, tool_calls: [call('call:1.a')] },
      { role: 'tool', tool_call_id: 'call:1.a', content: 'rain' },
    ]),
    history(
      'history with calls in a request without `tools` (which Claude is reported to refuse)',
      [
        QUESTION,
        { role: 'assistant', content: null, tool_calls: [call('call_a')] },
        { role: 'tool', tool_call_id: 'call_a', content: 'rain' },
      ],
      { tools: undefined },
    ),
    {
      title: 'legacy `functions` and `function_call`',
      async run(trial) {
        const { function: definition } = weatherTool() as { function: object };
        const reply = await trial.send(
          chat({ model: MODELS.forcing, functions: [definition], function_call: { name: 'get_weather' } }),
        );
        const failure = trial.failed(reply, /function/);
        if (failure) return failure;
        if (!trial.claude.tools?.length) return leftOut(reply, /function/, 'Claude got no tools');
        return legacyAnswer(reply.choices[0]?.message ?? {});
      },
    },
  ],
};

function legacyAnswer(message: Record<string, unknown>): Finding {
  if (message['function_call']) return honoured(`message.function_call ${JSON.stringify(message['function_call'])}`);
  return broken(`the answer has ${message['tool_calls'] ? 'tool_calls' : 'no call'} instead of function_call`);
}
