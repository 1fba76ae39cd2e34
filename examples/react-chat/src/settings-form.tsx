import type { ReactNode } from 'react';
import { changeSettings, readSettings } from './settings.ts';

export function SettingsForm(): ReactNode {
  const { url, apiKey } = readSettings();
  const save = (form: FormData): void => {
    changeSettings({ url: form.get('url') as string, apiKey: form.get('apiKey') as string });
  };
  return (
    <details className="settings">
      <summary aria-label="Server settings" title="Server settings">
        ⚙
      </summary>
      <form action={save}>
        <label>
          Server
          <input name="url" type="url" required defaultValue={url} />
        </label>
        <label>
          Key
          <input name="apiKey" type="password" autoComplete="off" placeholder="none" defaultValue={apiKey} />
        </label>
        <button type="submit" className="primary">
          Save
        </button>
      </form>
    </details>
  );
}
