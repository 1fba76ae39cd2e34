import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { toEvents } from '../../test/support/claude-events.ts';
import { findFakeModel } from '../../test/support/claude-models.ts';
import { type Answer, completeMessage, type ScriptedEvent } from '../../test/support/fake-answer.ts';
import type { ClaudeBody } from '../../test/support/rules-body.ts';
import { broken, type Finding, honoured, silent } from './finding.ts';
import type { Probe, ProbeGroup, Trial } from './probe.ts';
import type { Reply } from './reply.ts';
import { chat, MODELS } from './requests.ts';

const TEXT = 'The quick brown fox jumps over the lazy dog.';
const CANCEL_MS = 3000;

/** The beginning of a streamed answer: its start and three deltas. */
function beginning(body: ClaudeBody): object[] {
  const message = completeMessage({ content: [{ type: 'text', text: TEXT }] }, body, findFakeModel(body.model)!);
  return toEvents(message, { pieceSize: 8 }).slice(0, 6);
}

/** Deltas that have time to reach the client before what comes then. */
function unfinished(body: ClaudeBody, ...more: object[]): { events: ScriptedEvent[]; delayMs: number } {
  return { events: [...beginning(body), () => wait(200), ...more], delayMs: 20 };
}

/** Goes on saying the same for longer than anyone waits here. */
function longAnswer(body: ClaudeBody): object[] {
  const start = beginning(body);
  return [...start, ...Array.from({ length: (2 * CANCEL_MS) / 20 }, () => start.at(-1)!)];
}

function breaking(title: string, answer: (body: ClaudeBody) => Answer): Probe {
  return {
    title,
    async run(trial) {
      trial.answerWith(answer);
      return judgeBroken(await trial.send(chat({ model: MODELS.failing, stream: true })));
    },
  };
}

/** A stream that Claude never finished must not look like one that it did. */
function judgeBroken(reply: Reply): Finding {
  const reasons = reply.choices.flatMap(({ finishReasons }) => finishReasons).join();
  const seen = [
    reply.error === null ? '' : `error ${JSON.stringify(reply.error).slice(0, 90)}`,
    reply.failure === null ? '' : `connection ends: ${reply.failure}`,
    reasons === '' ? '' : `finish_reason ${reasons}`,
    reply.done ? '[DONE]' : '',
  ];
  const evidence = `${reply.status}; ${seen.filter(Boolean).join(', ') || 'ends without error and without [DONE]'}`;
  if (reply.error === null && reply.failure === null) return silent(evidence);
  return reasons === '' ? honoured(evidence) : broken(`${evidence}: an error and a normal end`);
}

export const STREAMS: ProbeGroup = {
  title: 'Streams',
  probes: [
    {
      title: 'stream with `include_usage`',
      async run(trial) {
        trial.answerWith(() => ({ message: { content: [{ type: 'text', text: TEXT }] }, pieceSize: 8 }));
        const reply = await trial.send(chat({ stream: true, stream_options: { include_usage: true } }));
        const failure = trial.failed(reply, /(?!)/);
        if (failure) return failure;
        const last = reply.events.at(-1) as { choices?: unknown[]; usage?: Record<string, number> } | undefined;
        const { content = '', finishReasons = [] } = reply.choices[0] ?? {};
        const evidence = `finish_reason ${finishReasons.join()}, last chunk has ${last?.choices?.length} choice(s) and usage ${JSON.stringify(last?.usage ?? null).slice(0, 80)}, ${reply.done ? '' : 'no '}[DONE]`;
        const fits = content === TEXT && finishReasons.join() === 'stop' && reply.done;
        if (!fits) return broken(evidence);
        return reply.usage ? honoured(evidence) : silent(evidence);
      },
    },
    breaking('Claude’s stream ends in the middle', (body) => unfinished(body)),
    breaking('Claude’s connection is reset in the middle', (body) => ({ ...unfinished(body), cut: 'reset' })),
    breaking('error event in the middle', (body) =>
      unfinished(body, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }),
    ),
    {
      title: 'client leaves in mid-stream: Claude is stopped',
      async run(trial) {
        trial.answerWith((body) => ({ events: longAnswer(body), delayMs: 20 }));
        const leave = new AbortController();
        await trial.send(chat({ stream: true }), { signal: leave.signal, onEvent: () => leave.abort() });
        return await stopped(trial);
      },
    },
    {
      title: 'client leaves before a whole answer: Claude is stopped',
      async run(trial) {
        trial.answerWith(() => ({ hang: true }));
        const leave = new AbortController();
        const sending = trial.send(chat(), { signal: leave.signal });
        const deadline = performance.now() + 10_000;
        while (trial.requests.length === 0 && performance.now() < deadline) await wait(10);
        leave.abort();
        await sending;
        return await stopped(trial);
      },
    },
  ],
};

/** How long after now Claude's answer was cut off. */
async function stopped(trial: Trial): Promise<Finding> {
  const left = performance.now();
  const request = trial.requests.at(-1);
  if (request === undefined) return broken('Claude was not asked');
  const ended = await Promise.race([request.closed, wait(CANCEL_MS, null)]);
  if (ended === null) return silent(`still running ${CANCEL_MS / 1000} s later`);
  return honoured(`the call ended ${Math.max(0, Math.round(ended - left))} ms later`);
}
