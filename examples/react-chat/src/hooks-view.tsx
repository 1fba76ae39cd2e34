import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { AskStreamed } from './ask-streamed.tsx';
import { AskWhole } from './ask-whole.tsx';
import { useTRPC } from './trpc.tsx';

/** The router's procedures through tRPC's hooks for TanStack Query. */
export function HooksView(): ReactNode {
  const trpc = useTRPC();
  const models = useQuery(trpc.models.list.queryOptions({}));
  const [chosen, setChosen] = useState<string>();
  const model = chosen ?? models.data?.data[0]?.id;
  return (
    <main className="hooks">
      <section>
        <h2>
          <code>models.list</code> as a query
        </h2>
        {models.isPending && <p>Loading…</p>}
        {models.error && <p role="alert">{models.error.message}</p>}
        <div className="table">
          <table>
            <thead>
              <tr>
                <th>Model</th>
                <th className="number">Context</th>
                <th className="number">Output</th>
              </tr>
            </thead>
            <tbody>
              {models.data?.data.map(
                ({ id, display_name: name, context_window: window, max_output_tokens: output }) => (
                  <tr key={id} aria-selected={id === model}>
                    <td>
                      <label>
                        <input type="radio" name="model" checked={id === model} onChange={() => setChosen(id)} />{' '}
                        {name ?? id}
                      </label>
                    </td>
                    <td className="number">{window?.toLocaleString('en')}</td>
                    <td className="number">{output?.toLocaleString('en')}</td>
                  </tr>
                ),
              )}
            </tbody>
          </table>
        </div>
      </section>
      {model !== undefined && (
        <>
          <AskWhole model={model} />
          <AskStreamed model={model} />
        </>
      )}
    </main>
  );
}
