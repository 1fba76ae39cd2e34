/** A gateway that runs on loopback with the fake Claude behind it. */
export interface Gateway extends AsyncDisposable {
  /** With its version. */
  name: string;
  /** How it was configured, in a phrase. */
  configuration: string;
  /** Base URL of OpenAI clients. */
  url: string;
  headers: Record<string, string>;
  /** More of them for probes of reasoning, where its documentation asks for such a switch. */
  reasoningHeaders: Record<string, string>;
}

export interface Missing {
  name: string;
  reason: string;
}

export const UPSTREAM_KEY = 'test-upstream-key';
