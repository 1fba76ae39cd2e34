import { type FormEvent, type KeyboardEvent, type ReactNode, useRef, useState } from 'react';

export interface ComposerProps {
  busy: boolean;
  thinks: boolean;
  onThinks: (thinks: boolean) => void;
  onSend: (message: { text: string; files?: FileList }) => void;
  onStop: () => void;
  onClear: (() => void) | undefined;
}

export function Composer({ busy, thinks, onThinks, onSend, onStop, onClear }: ComposerProps): ReactNode {
  const [text, setText] = useState('');
  const [attached, setAttached] = useState<string[]>([]);
  const files = useRef<HTMLInputElement>(null);

  const send = (event: FormEvent): void => {
    event.preventDefault();
    const said = text.trim();
    if (busy || said === '') return;
    const chosen = files.current?.files;
    onSend({ text: said, ...(chosen?.length && { files: chosen }) });
    setText('');
    setAttached([]);
    // After the chat has read the list: clearing the field empties it.
    setTimeout(() => files.current && (files.current.value = ''), 0);
  };
  const sendOnEnter = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) send(event);
  };

  return (
    <form className="composer" onSubmit={send}>
      <textarea
        aria-label="Message"
        placeholder="Write a message"
        rows={2}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={sendOnEnter}
      />
      {attached.length > 0 && <p className="attached">{attached.join(', ')}</p>}
      <div className="controls">
        <label className="attach" title="Images, PDF or text">
          <input
            ref={files}
            type="file"
            multiple
            accept="image/*,application/pdf,text/*"
            onChange={(event) => setAttached(Array.from(event.target.files ?? [], ({ name }) => name))}
          />
          Attach
        </label>
        <label>
          <input type="checkbox" checked={thinks} onChange={(event) => onThinks(event.target.checked)} /> Think first
        </label>
        {onClear && (
          <button type="button" onClick={onClear}>
            New chat
          </button>
        )}
        {busy ? (
          <button type="button" className="primary" onClick={onStop}>
            Stop
          </button>
        ) : (
          <button type="submit" className="primary" disabled={text.trim() === ''}>
            Send
          </button>
        )}
      </div>
    </form>
  );
}
