import { type Finding, honoured } from './finding.ts';
import type { ProbeGroup, Trial } from './probe.ts';
import { MODELS } from './requests.ts';

const HELLO = [{ role: 'user', content: 'Hello' }];

async function route(trial: Trial, path: string, body: object): Promise<Finding> {
  const reply = await trial.send({ model: MODELS.current, ...body }, { path });
  // A 404 says all there is to say.
  return (
    trial.failed(reply, reply.status === 404 ? /./ : /(?!)/) ??
    honoured(`${reply.status}, ${trial.requests.length} call(s) of Claude`)
  );
}

/** What Trestle does not set out to do, and others may. */
export const ROUTES: ProbeGroup = {
  title: 'Other routes',
  probes: [
    {
      title: 'OpenAI’s `POST /v1/responses`',
      run: (trial) => route(trial, 'responses', { input: 'Hello', max_output_tokens: 2048 }),
    },
    {
      title: 'Claude’s own `POST /v1/messages`',
      run: (trial) => route(trial, 'messages', { messages: HELLO, max_tokens: 2048 }),
    },
  ],
};
