import type { ReactNode } from 'react';
import type { TrestleUIMessage } from 'trestle/client/ai-sdk';
import { ToolCall } from './tool-call.tsx';

export interface MessageViewProps {
  message: TrestleUIMessage;
  /** Whether it is still being written. */
  live: boolean;
  onRegenerate: (() => void) | undefined;
}

export function MessageView({ message: { role, parts, metadata }, live, onRegenerate }: MessageViewProps): ReactNode {
  return (
    <article className={role} data-live={live || undefined}>
      {parts.map((part, index) => (
        // Parts are only ever added, so their place names them.
        <Part key={index} part={part} live={live} />
      ))}
      <Sources parts={parts} />
      {role === 'assistant' && !live && (
        <footer>
          {metadata?.usage && (
            <small>
              {metadata.model} · {metadata.usage.completion_tokens} tokens
            </small>
          )}
          {metadata?.notices?.map(({ param, action, message }) => (
            <small key={param + action} title={message}>
              {param} {action}
            </small>
          ))}
          {onRegenerate && (
            <button type="button" onClick={onRegenerate}>
              Regenerate
            </button>
          )}
        </footer>
      )}
    </article>
  );
}

type MessagePart = TrestleUIMessage['parts'][number];

function Part({ part, live }: { part: MessagePart; live: boolean }): ReactNode {
  switch (part.type) {
    case 'text':
      return <p className="text">{part.text}</p>;
    case 'reasoning': {
      if (part.text === '') return null;
      const thinking = live && part.state === 'streaming';
      return (
        <details className="reasoning" open={thinking}>
          <summary>{thinking ? 'Thinking…' : 'Thought about it'}</summary>
          <p className="text">{part.text}</p>
        </details>
      );
    }
    case 'file':
      return part.mediaType.startsWith('image/') ? (
        <img src={part.url} alt={part.filename ?? 'attached'} />
      ) : (
        <p className="attached">{part.filename ?? part.mediaType}</p>
      );
    default:
      return part.type.startsWith('tool-') ? <ToolCall part={part as never} /> : null;
  }
}

function Sources({ parts }: { parts: MessagePart[] }): ReactNode {
  const sources = parts.filter((part) => part.type === 'source-url');
  if (sources.length === 0) return null;
  return (
    <ol className="sources">
      {sources.map(({ sourceId, url, title }) => (
        <li key={sourceId}>
          <a href={url} rel="noreferrer" target="_blank">
            {title ?? url}
          </a>
        </li>
      ))}
    </ol>
  );
}
