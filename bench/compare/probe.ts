import { findFakeModel } from '../../test/support/claude-models.ts';
import { type Answer, defaultMessage } from '../../test/support/fake-answer.ts';
import type { FakeClaude } from '../../test/support/fake-claude.ts';
import type { RecordedRequest } from '../../test/support/fake-request-log.ts';
import type { ClaudeBody } from '../../test/support/rules-body.ts';
import { broken, type Finding, silent, told } from './finding.ts';
import type { Gateway } from './gateway.ts';
import { noReply, readReply, type Reply } from './reply.ts';

/** One question put to every gateway in the same way. */
export interface Probe {
  title: string;
  run(trial: Trial): Promise<Finding>;
}

export interface ProbeGroup {
  title: string;
  probes: readonly Probe[];
}

export interface SendOptions {
  /** With the gateway's own switch for reasoning. */
  reasoning?: boolean;
  /** Below the base URL. @default 'chat/completions' */
  path?: string;
  signal?: AbortSignal;
  onEvent?: (event: Record<string, unknown>) => void;
}

const MAX_MS = 60_000;

/** One probe's run against one gateway. */
export class Trial {
  readonly #gateway: Gateway;
  readonly #fake: FakeClaude;
  readonly #firstRequest: number;
  readonly #firstRefusal: number;

  constructor(gateway: Gateway, fake: FakeClaude) {
    this.#gateway = gateway;
    this.#fake = fake;
    this.#firstRequest = fake.requests.length;
    this.#firstRefusal = fake.refusals.length;
    this.answerWith(() => undefined);
  }

  /** What Claude answers to this probe's requests; undefined is its usual answer. */
  answerWith(answer: (body: ClaudeBody) => Answer | undefined): void {
    this.#fake.replyWith(
      (body) => answer(body) ?? { message: defaultMessage(body, findFakeModel(body.model)!), pieceSize: 8 },
    );
  }

  async send(request: object, options: SendOptions = {}): Promise<Reply> {
    const { reasoning = false, path = 'chat/completions', signal, onEvent } = options;
    const late = AbortSignal.timeout(MAX_MS);
    try {
      const response = await fetch(`${this.#gateway.url}/${path}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...this.#gateway.headers,
          ...(reasoning ? this.#gateway.reasoningHeaders : {}),
        },
        body: JSON.stringify(request),
        signal: signal ? AbortSignal.any([signal, late]) : late,
      });
      return await readReply(response, onEvent);
    } catch (error) {
      return noReply(error instanceof Error ? error.message : String(error));
    }
  }

  /** What arrived at Claude in this probe, refused or not. */
  get requests(): RecordedRequest[] {
    return this.#fake.requests.slice(this.#firstRequest).filter(({ path }) => path.split('?')[0] === '/v1/messages');
  }

  /** The last body that Claude took; throws when there is none. */
  get claude(): ClaudeBody {
    const refused = new Set(this.#fake.refusals.map(({ request }) => request));
    const request = this.requests.findLast((one) => !refused.has(one));
    if (request === undefined) throw new Error('Claude took no request');
    return request.body as ClaudeBody;
  }

  /** Why Claude refused a request of this probe. */
  get refusal(): string | undefined {
    return this.#fake.refusals.slice(this.#firstRefusal).at(-1)?.message;
  }

  /** The finding for an answer that is an error; null for any other. `names` matches a message that is clear. */
  failed(reply: Reply, names: RegExp): Finding | null {
    if (reply.status >= 200 && reply.status < 300 && reply.error === null && reply.failure === null) return null;
    const message = reply.error ?? reply.failure ?? '';
    const source = this.refusal === undefined ? '' : ', refused by Claude';
    const evidence = `${reply.status || 'no answer'}${source}: ${oneLine(message)}`;
    if (reply.status >= 400 && reply.status < 500 && names.test(message)) return { verdict: 'refused', evidence };
    return broken(evidence);
  }
}

/** For what did not reach Claude: whether the answer mentions it anywhere beside what Claude said. */
export function leftOut(reply: Reply, name: RegExp, evidence: string): Finding {
  const match = name.exec(reply.beside);
  if (match === null) return silent(`${evidence}; nothing in the answer says so`);
  const around = reply.beside.slice(Math.max(0, match.index - 20), match.index + 40);
  return told(`${evidence}; the answer says ${JSON.stringify(oneLine(around))}`);
}

export function oneLine(text: string): string {
  const flat = text
    .replaceAll(/,?"request_id":"[^"]*"/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return flat.length > 220 ? `${flat.slice(0, 220)}…` : flat;
}
