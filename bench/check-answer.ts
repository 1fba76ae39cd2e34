import type { Mode } from './modes.ts';
import { ANSWER, argumentPiecesOf, piecesOf } from './sample-text.ts';
import type { Target } from './target.ts';

interface Delta {
  content?: string | null;
  tool_calls?: { function?: { arguments?: string } }[];
}

/** Asks once and reads all of the answer: a gateway that loses any of it is not worth measuring. */
export async function checkAnswer(target: Target, mode: Mode): Promise<void> {
  const answer = await fetch(target.url, {
    method: 'POST',
    headers: { ...target.headers, 'content-type': 'application/json' },
    body: JSON.stringify(mode.body()),
  });
  const text = await answer.text();
  const said = answer.ok ? contentOf(text, mode) : null;
  const expected = expectedOf(mode);
  if (said !== expected) {
    throw new Error(`${target.label}, ${mode.label}: expected ${expected.slice(0, 80)}… but got ${text.slice(0, 500)}`);
  }
}

function expectedOf({ id, deltas }: Mode): string {
  if (deltas === 0) return ANSWER;
  return (id === 'stream-tools' ? argumentPiecesOf(deltas) : piecesOf(deltas)).join('');
}

function contentOf(text: string, { deltas }: Mode): string {
  if (deltas === 0)
    return (JSON.parse(text) as { choices: [{ message: { content: string } }] }).choices[0].message.content;
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => (JSON.parse(line.slice('data: '.length)) as { choices: { delta: Delta }[] }).choices[0]?.delta)
    .map((delta) => delta?.tool_calls?.[0]?.function?.arguments ?? delta?.content ?? '')
    .join('');
}
