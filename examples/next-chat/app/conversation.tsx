'use client';

import { Chat, useChat } from '@ai-sdk/react';
import { useState } from 'react';
import { TrestleChatTransport, type TrestleUIMessage } from 'trestle/client/ai-sdk';

/** Rendered on the server too, where there is no sessionStorage: so that is asked for when it is needed. */
const chat = new Chat<TrestleUIMessage>({
  id: 'example',
  transport: new TrestleChatTransport({
    url: process.env['NEXT_PUBLIC_TRESTLE_URL'] ?? 'http://127.0.0.1:8787',
    model: 'claude-sonnet-5-5',
    storage: () => sessionStorage,
  }),
});

export function Conversation() {
  const { messages, sendMessage, stop, status, error } = useChat({ chat, resume: true });
  const [text, setText] = useState('');
  return (
    <section>
      {messages.map(({ id, role, parts }) => (
        <p key={id}>
          {role}: {parts.map((part) => (part.type === 'text' ? part.text : '')).join('')}
        </p>
      ))}
      {error && <p role="alert">{error.message}</p>}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void sendMessage({ text });
          setText('');
        }}
      >
        <input value={text} onChange={(event) => setText(event.target.value)} aria-label="Message" />
        {status === 'streaming' ? (
          <button type="button" onClick={() => void stop()}>
            Stop
          </button>
        ) : (
          <button type="submit">Send</button>
        )}
      </form>
    </section>
  );
}
