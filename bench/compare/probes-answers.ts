import { broken, honoured, silent, told } from './finding.ts';
import { leftOut, oneLine, type ProbeGroup } from './probe.ts';
import { chat, MODELS } from './requests.ts';

const NEVER = /(?!)/;
type Json = Record<string, unknown>;

const RIGHT = '[12407,12304,12414]';
const OVERLOADED = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };

export const ANSWERS: ProbeGroup = {
  title: 'Answers and errors',
  probes: [
    {
      title: 'refusal of the model',
      async run(trial) {
        trial.answerWith(() => ({
          message: {
            content: [],
            stop_reason: 'refusal',
            stop_details: { type: 'refusal', category: 'cyber', explanation: 'Not this.' },
          },
        }));
        const reply = await trial.send(chat());
        const failure = trial.failed(reply, NEVER);
        if (failure) return failure;
        const { finishReasons = [], message = {} } = reply.choices[0] ?? {};
        const evidence = `finish_reason ${finishReasons.join()}, refusal ${JSON.stringify(message['refusal'])}`;
        return finishReasons.join() === 'content_filter' ? honoured(evidence) : silent(evidence);
      },
    },
    {
      title: 'cached tokens are part of `prompt_tokens`',
      async run(trial) {
        trial.answerWith(() => ({
          message: {
            content: [{ type: 'text', text: 'Hi' }],
            usage: {
              input_tokens: 3,
              cache_read_input_tokens: 12_304,
              cache_creation_input_tokens: 100,
              output_tokens: 7,
            },
          },
        }));
        const reply = await trial.send(chat());
        const failure = trial.failed(reply, NEVER);
        if (failure) return failure;
        const { prompt_tokens: prompt, total_tokens: total, prompt_tokens_details: details } = reply.usage ?? {};
        const seen = JSON.stringify([prompt, (details as Json | undefined)?.['cached_tokens'], total]);
        const evidence = `prompt, cached and total are ${seen}; right is ${RIGHT}`;
        const fits = seen === RIGHT;
        return fits ? honoured(evidence) : silent(evidence);
      },
    },
    {
      title: 'Claude is overloaded (529)',
      async run(trial) {
        trial.answerWith(() => ({ status: 529 }));
        const reply = await trial.send(chat({ model: MODELS.failing }));
        const evidence = `${reply.status} after ${trial.requests.length} call(s): ${oneLine(reply.error ?? reply.failure ?? '')}`;
        if (reply.status === 503 || reply.status === 529) return honoured(evidence);
        const named = reply.status >= 500 && /overloaded/i.test(reply.error ?? '');
        return named ? told(evidence) : broken(evidence);
      },
    },
    {
      title: 'rate limit (429) with `retry-after: 90`',
      async run(trial) {
        trial.answerWith(() => ({ status: 429, headers: { 'retry-after': '90' } }));
        const reply = await trial.send(chat({ model: MODELS.failing }));
        const wait = reply.headers.get('retry-after');
        const evidence = `${reply.status} after ${trial.requests.length} call(s), retry-after ${wait}`;
        if (reply.status !== 429) return broken(`${evidence}: ${reply.error ?? reply.failure}`);
        return wait === '90' ? honoured(evidence) : leftOut(reply, /retry-after/, evidence);
      },
    },
    {
      title: 'stream that fails before any content',
      async run(trial) {
        trial.answerWith(() => ({ events: [OVERLOADED] }));
        const reply = await trial.send(chat({ model: MODELS.failing, stream: true }));
        const evidence = `${reply.status}, error ${JSON.stringify(reply.error)}${reply.done ? ', [DONE]' : ''}`;
        if (reply.status >= 500 && reply.error !== null) return honoured(evidence);
        return reply.error !== null || reply.failure !== null ? told(evidence) : silent(evidence);
      },
    },
  ],
};
