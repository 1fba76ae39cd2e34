/** A parameter of an operation. */
export interface Parameter {
  in: string;
  schema: Record<string, unknown>;
}

const text = { schema: { type: 'string' } };
const header = (name: string, description: string, rest: object = {}) => ({
  in: 'header',
  name,
  description,
  ...text,
  ...rest,
});
const STRICT = header(
  'x-trestle-strict',
  '`true` or `1`: refuse what would be ignored, clamped or substituted. Any other value changes nothing.',
  { schema: { type: 'string' }, example: 'true' },
);
export const NAME = header(
  'Idempotency-Key',
  'Names the request. Sent again under its name it joins the answer, or gets it again, and Claude is asked once. ' +
    'A stream with a name goes on for a while without its reader. An empty one names nothing.',
);
export const LAST_EVENT = header(
  'Last-Event-ID',
  'The `id:` of the last event that was seen. Left out, all events come',
);
export const COMPLETION_ID = {
  in: 'path',
  name: 'id',
  required: true,
  description: 'The id of the completion',
  ...text,
};

/** Headers that a request may have, by its operation. */
export const REQUEST_HEADERS: Readonly<Record<string, readonly Parameter[]>> = {
  'POST /v1/chat/completions': [STRICT, NAME],
  'POST /v1/chat/completions/input_tokens': [STRICT],
  'POST /v1/responses': [STRICT, NAME],
  'POST /v1/batches': [STRICT, NAME],
};

/** Headers of answers. */
export const REQUEST_ID = { 'x-request-id': { description: 'Names the request in the log', ...text } };
export const COST = {
  'x-trestle-cost': {
    description: 'What a whole answer cost in US dollars: `0.00021`; `unknown` for a model without a price',
    ...text,
  },
};
export const NOTICES = {
  'x-trestle-notices': {
    description: 'What could not be honoured as asked: `temperature=clamped, seed=ignored`',
    ...text,
  },
};
export const RETRY_AFTER = {
  'retry-after': { description: 'Seconds to wait before the next try, where they are known', ...text },
};
