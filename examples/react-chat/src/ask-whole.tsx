import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTRPC } from './trpc.tsx';

export function AskWhole({ model }: { model: string }): ReactNode {
  const trpc = useTRPC();
  const [content, setContent] = useState('Name three kinds of bridges.');
  const complete = useMutation(trpc.chat.complete.mutationOptions());
  const ask = (): void => complete.mutate({ model, messages: [{ role: 'user', content }] });
  return (
    <section>
      <h2>
        <code>chat.complete</code> as a mutation
      </h2>
      <form className="ask" action={ask}>
        <input aria-label="Question" value={content} onChange={(event) => setContent(event.target.value)} />
        <button type="submit" className="primary" disabled={complete.isPending}>
          {complete.isPending ? 'Asking…' : 'Ask'}
        </button>
      </form>
      {complete.error && (
        <p role="alert">
          {/* The procedure's error, typed: OpenAI's envelope. */}
          {complete.error.message} {complete.error.data?.error?.code && <code>{complete.error.data.error.code}</code>}
        </p>
      )}
      {complete.data && <p className="text answer">{complete.data.choices[0]?.message.content}</p>}
    </section>
  );
}
