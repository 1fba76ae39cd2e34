import type { ToolUIPart } from 'ai';
import type { ReactNode } from 'react';

const STATES: Partial<Record<ToolUIPart['state'], string>> = {
  'input-streaming': 'is being called',
  'input-available': 'runs',
  'output-available': 'done',
  'output-error': 'failed',
};

/** A call, with what went in and what came out. */
export function ToolCall({ part }: { part: ToolUIPart }): ReactNode {
  return (
    <div className="tool" data-state={part.state}>
      <p>
        <code>{part.type.slice('tool-'.length)}</code> <span>{STATES[part.state]}</span>
      </p>
      <pre>{JSON.stringify(part.input)}</pre>
      {part.state === 'output-available' && <pre>{asText(part.output)}</pre>}
      {part.state === 'output-error' && <pre>{part.errorText}</pre>}
    </div>
  );
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
