import { honoured, silent } from './finding.ts';
import { leftOut, type Probe, type ProbeGroup, type Trial } from './probe.ts';
import { chat, MODELS } from './requests.ts';

/** A field that Claude has nothing for. */
function unsupported(field: string, value: unknown): Probe {
  const name = new RegExp(`\\b${field}\\b`);
  return {
    title: `\`${field}\`, which Claude does not have`,
    async run(trial) {
      const reply = await trial.send(chat({ [field]: value }));
      return trial.failed(reply, name) ?? leftOut(reply, name, 'answered without it');
    },
  };
}

function sampling(title: string, fields: Record<string, unknown>, judged: (trial: Trial) => boolean): Probe {
  return {
    title,
    async run(trial) {
      const reply = await trial.send(chat({ model: MODELS.sampling, ...fields }));
      const failure = trial.failed(reply, /temperature|top_p/);
      if (failure) return failure;
      const { temperature, top_p } = trial.claude;
      const sent = `Claude got ${JSON.stringify({ temperature, top_p })}`;
      return judged(trial) ? honoured(sent) : leftOut(reply, /\b(temperature|top_p)\b/, sent);
    },
  };
}

export const PARAMETERS: ProbeGroup = {
  title: 'Parameters',
  probes: [
    {
      title: '`max_completion_tokens`',
      async run(trial) {
        const reply = await trial.send(chat({ max_tokens: undefined, max_completion_tokens: 77 }));
        const failure = trial.failed(reply, /max_completion_tokens/);
        if (failure) return failure;
        const { max_tokens: sent } = trial.claude;
        const evidence = `Claude got max_tokens ${sent}`;
        return sent === 77 ? honoured(evidence) : leftOut(reply, /max_completion_tokens/, evidence);
      },
    },
    {
      title: 'no limit of tokens given (OpenAI: as many as the model has; Claude must be told a number)',
      async run(trial) {
        const reply = await trial.send(chat({ max_tokens: undefined }));
        const failure = trial.failed(reply, /max_(completion_)?tokens/);
        if (failure) return failure;
        const { max_tokens: sent = 0 } = trial.claude;
        const evidence = `Claude got max_tokens ${sent} of the model's 128000`;
        return sent >= 64_000 ? honoured(evidence) : leftOut(reply, /max_(completion_)?tokens/, evidence);
      },
    },
    sampling(
      '`temperature` 0.5 on a model that takes it',
      { temperature: 0.5 },
      ({ claude }) => claude.temperature === 0.5,
    ),
    sampling('`temperature` 1.6 (OpenAI up to 2, Claude up to 1)', { temperature: 1.6 }, () => false),
    sampling('`temperature` with `top_p` (Claude takes one of them)', { temperature: 0.5, top_p: 0.9 }, () => false),
    {
      title: '`temperature` on a model without sampling parameters',
      async run(trial) {
        const reply = await trial.send(chat({ temperature: 0.2 }));
        return trial.failed(reply, /temperature/) ?? leftOut(reply, /\btemperature\b/, 'answered without it');
      },
    },
    unsupported('seed', 7),
    unsupported('logit_bias', { 50256: -100 }),
    unsupported('tempereture', 0.2),
    {
      title: '`stop`',
      async run(trial) {
        const reply = await trial.send(chat({ stop: 'END' }));
        const failure = trial.failed(reply, /(?!)/);
        if (failure) return failure;
        const sent = trial.claude.stop_sequences;
        const evidence = `Claude got stop_sequences ${JSON.stringify(sent)}`;
        return sent?.join() === 'END' ? honoured(evidence) : leftOut(reply, /\bstop\b/, evidence);
      },
    },
    {
      title: '`stop` of which one is a line break (Claude refuses those)',
      async run(trial) {
        const reply = await trial.send(chat({ stop: ['END', '\n'] }));
        const failure = trial.failed(reply, /stop/);
        if (failure) return failure;
        return leftOut(reply, /\bstop\b/, `Claude got stop_sequences ${JSON.stringify(trial.claude.stop_sequences)}`);
      },
    },
    {
      title: '`n: 2`',
      async run(trial) {
        const reply = await trial.send(chat({ n: 2 }));
        const failure = trial.failed(reply, /\bn\b/);
        if (failure) return failure;
        const evidence = `${reply.choices.length} choice(s) by ${trial.requests.length} call(s)`;
        return reply.choices.length === 2 ? honoured(evidence) : leftOut(reply, /\bn\b/, evidence);
      },
    },
    {
      title: '`user`',
      async run(trial) {
        const reply = await trial.send(chat({ user: 'user-1' }));
        const failure = trial.failed(reply, /\buser\b/);
        if (failure) return failure;
        const { metadata } = trial.claude as { metadata?: { user_id?: string } };
        if (metadata?.user_id) return honoured(`Claude got metadata ${JSON.stringify(metadata).slice(0, 40)}`);
        return silent('not passed on');
      },
    },
    {
      title: '`web_search_options`',
      async run(trial) {
        const reply = await trial.send(chat({ web_search_options: { search_context_size: 'low' } }));
        const failure = trial.failed(reply, /web_search/);
        if (failure) return failure;
        const tool = trial.claude.tools?.find(({ type }) => type?.startsWith('web_search'));
        return tool
          ? honoured(`Claude got the tool ${tool.type}`)
          : leftOut(reply, /web_search/, 'no search tool sent');
      },
    },
  ],
};
