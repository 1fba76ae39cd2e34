import { urlOf } from './measure.ts';
import type { Mode } from './modes.ts';
import { ANSWER, argumentPiecesOf, piecesOf } from './sample-text.ts';
import type { Target } from './target.ts';

interface Delta {
  content?: string | null;
  tool_calls?: { function?: { arguments?: string } }[];
}

/** Asks once and reads all of the answer: a gateway that loses any of it is not worth measuring. */
export async function checkAnswer(target: Target, mode: Mode): Promise<void> {
  const url = urlOf(target, mode);
  if (url === null) return;
  const answer = await fetch(url, {
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

function contentOf(text: string, { deltas, door }: Mode): string {
  if (door !== undefined) return textOf(text, deltas);
  if (deltas === 0)
    return (JSON.parse(text) as { choices: [{ message: { content: string } }] }).choices[0].message.content;
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => (JSON.parse(line.slice('data: '.length)) as { choices: { delta: Delta }[] }).choices[0]?.delta)
    .map((delta) => delta?.tool_calls?.[0]?.function?.arguments ?? delta?.content ?? '')
    .join('');
}

interface Texts {
  /** Of a whole message of Claude's. */
  content?: { text: string }[];
  /** Of a whole response. */
  output?: { content?: { text: string }[] }[];
}

/** The text of an answer of one of the other APIs: both have it in deltas where they stream. */
function textOf(text: string, deltas: number): string {
  if (deltas === 0) {
    const { content, output } = JSON.parse(text) as Texts;
    return (content ?? output!.flatMap((item) => item.content ?? [])).map((part) => part.text).join('');
  }
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice('data: '.length)) as { delta?: string | { text?: string } })
    .map(({ delta }) => (typeof delta === 'string' ? delta : (delta?.text ?? '')))
    .join('');
}
