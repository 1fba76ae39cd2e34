/** Where the server is; kept by the browser. A page that faces the public should not hold a key: see the README. */
export interface Settings {
  url: string;
  apiKey: string;
}

const KEY = 'trestle:settings';

export function readSettings(): Settings {
  const defaults: Settings = { url: location.origin, apiKey: '' };
  try {
    return { ...defaults, ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Settings>) };
  } catch {
    return defaults;
  }
}

/** Starts the page again, so that nothing is left that talks to the old server. */
export function changeSettings(settings: Settings): void {
  localStorage.setItem(KEY, JSON.stringify(settings));
  location.reload();
}
