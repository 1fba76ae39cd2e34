import { type ReactNode, useState } from 'react';
import { ChatView } from './chat-view.tsx';
import { ConnectionBadge } from './connection-badge.tsx';
import { HooksView } from './hooks-view.tsx';
import { SettingsForm } from './settings-form.tsx';
import { TrpcProvider } from './trpc.tsx';

const VIEWS = { chat: 'Chat', hooks: 'Query hooks' } as const;
type View = keyof typeof VIEWS;

export function App(): ReactNode {
  const [view, setView] = useState<View>(location.hash === '#hooks' ? 'hooks' : 'chat');
  const show = (next: View): void => {
    history.replaceState(null, '', next === 'chat' ? ' ' : `#${next}`);
    setView(next);
  };
  return (
    <TrpcProvider>
      <header className="bar">
        <h1>Trestle</h1>
        <nav>
          {Object.entries(VIEWS).map(([name, title]) => (
            <button
              key={name}
              type="button"
              aria-current={view === name ? 'page' : undefined}
              onClick={() => show(name as View)}
            >
              {title}
            </button>
          ))}
        </nav>
        <ConnectionBadge />
        <SettingsForm />
      </header>
      {view === 'chat' ? <ChatView /> : <HooksView />}
    </TrpcProvider>
  );
}
