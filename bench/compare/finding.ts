/** What became of what a probe asked for. */
export type Verdict = 'honoured' | 'told' | 'silent' | 'refused' | 'broken';

/** One gateway's result in one probe. */
export interface Finding {
  verdict: Verdict;
  /** One line: what Claude was sent, or what the client got. */
  evidence: string;
}

export const VERDICTS: Record<Verdict, string> = {
  honoured: 'reached Claude as meant, and the answer came back as OpenAI would give it',
  told: 'emulated, or left out with the answer saying so',
  refused: 'a 4xx that names what is wrong (from the gateway or, passed on, from Claude)',
  silent: 'dropped, changed or lost, and nothing in the answer says so',
  broken: 'an error that the request does not explain, or an answer that a client cannot use',
};

export const honoured = (evidence: string): Finding => ({ verdict: 'honoured', evidence });
export const told = (evidence: string): Finding => ({ verdict: 'told', evidence });
export const silent = (evidence: string): Finding => ({ verdict: 'silent', evidence });
export const broken = (evidence: string): Finding => ({ verdict: 'broken', evidence });
