import { useChat } from '@ai-sdk/react';
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { TrestleError } from 'trestle/client';
import { chat, keepMessages } from './chat.ts';
import { Composer } from './composer.tsx';
import { MessageView } from './message-view.tsx';

const SUGGESTIONS = [
  'What time is it in Tokyo?',
  'Explain WebSockets in three sentences.',
  'Write a haiku on bridges.',
];

export function ChatView(): ReactNode {
  const { messages, status, error, sendMessage, regenerate, resumeStream, stop, setMessages, clearError } = useChat({
    chat,
    resume: true,
    experimental_throttle: 30,
  });
  const [thinks, setThinks] = useState(true);
  const busy = status === 'submitted' || status === 'streaming';
  const body = { reasoning_effort: thinks ? 'medium' : 'none' };

  useEffect(() => keepMessages(messages), [messages]);
  const log = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  useLayoutEffect(() => {
    if (follows.current) log.current?.scrollTo(0, log.current.scrollHeight);
  }, [messages, error]);

  const retry = async (): Promise<void> => {
    // The answer may still be there, and paid for.
    if (error instanceof TrestleError && error.code === 'connection_error') {
      await resumeStream();
      if (chat.lastMessage?.role === 'assistant') return;
    }
    await regenerate({ body });
  };
  const clear = (): void => {
    void stop();
    clearError();
    setMessages([]);
  };
  return (
    <main className="chat">
      <div
        ref={log}
        className="messages"
        role="log"
        aria-busy={busy}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          // Who scrolled up to read is left there.
          follows.current = scrollHeight - scrollTop - clientHeight < 80;
        }}
      >
        {messages.length === 0 && (
          <section className="empty">
            <h2>What shall we talk about?</h2>
            <p>Each answer streams over one WebSocket. Cut the network or reload in the middle: it goes on.</p>
            {SUGGESTIONS.map((text) => (
              <button key={text} type="button" onClick={() => void sendMessage({ text }, { body })}>
                {text}
              </button>
            ))}
          </section>
        )}
        {messages.map((message, index) => (
          <MessageView
            key={message.id}
            message={message}
            live={busy && index === messages.length - 1}
            onRegenerate={
              message.role === 'assistant' && index === messages.length - 1 && !busy
                ? () => void regenerate({ body })
                : undefined
            }
          />
        ))}
        {status === 'submitted' && messages.at(-1)?.role === 'user' && <p className="waiting" aria-label="Waiting" />}
        {error && <Failure error={error} onRetry={() => void retry()} />}
      </div>
      <Composer
        busy={busy}
        thinks={thinks}
        onThinks={setThinks}
        onSend={(message) => void sendMessage(message, { body })}
        onStop={() => void stop()}
        onClear={messages.length > 0 ? clear : undefined}
      />
    </main>
  );
}

function Failure({ error, onRetry }: { error: Error; onRetry: () => void }): ReactNode {
  const code = error instanceof TrestleError ? (error.code ?? error.type) : undefined;
  return (
    <div className="failure" role="alert">
      <p>
        {error.message} {code && <code>{code}</code>}
      </p>
      <button type="button" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}
