import { skipToken } from '@tanstack/react-query';
import { useSubscription } from '@trpc/tanstack-react-query';
import { type ReactNode, useState } from 'react';
import { useTRPC } from './trpc.tsx';

interface Question {
  content: string;
  /** After a lost connection the hook asks again: under the same name, that joins the answer. */
  idempotencyKey: string;
}

export function AskStreamed({ model }: { model: string }): ReactNode {
  const trpc = useTRPC();
  const [content, setContent] = useState('Why do bridges sway?');
  const [question, setQuestion] = useState<Question>();
  const [text, setText] = useState('');
  const [done, setDone] = useState(false);
  const input = question && {
    model,
    messages: [{ role: 'user' as const, content: question.content }],
    idempotencyKey: question.idempotencyKey,
  };
  const stream = useSubscription(
    trpc.chat.stream.subscriptionOptions(input ?? skipToken, {
      onData: ({ data }) => {
        const [choice] = data.choices;
        setText((before) => before + (choice?.delta.content ?? ''));
        if (choice?.finish_reason) setDone(true);
      },
    }),
  );
  const ask = (): void => {
    setText('');
    setDone(false);
    setQuestion({ content, idempotencyKey: `${Date.now()}-${Math.random()}` });
  };
  const running = question !== undefined && !done && stream.status !== 'error';
  return (
    <section>
      <h2>
        <code>chat.stream</code> as a subscription
      </h2>
      <form className="ask" action={ask}>
        <input aria-label="Streamed question" value={content} onChange={(event) => setContent(event.target.value)} />
        {running ? (
          <button type="button" onClick={() => setQuestion(undefined)}>
            Stop
          </button>
        ) : (
          <button type="submit" className="primary">
            Ask
          </button>
        )}
        <output className="badge" data-state={running ? stream.status : 'idle'}>
          {running ? stream.status : 'idle'}
        </output>
      </form>
      {stream.error && <p role="alert">{stream.error.message}</p>}
      {text !== '' && <p className="text answer">{text}</p>}
    </section>
  );
}
