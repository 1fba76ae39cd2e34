import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Answer } from '../../test/support/fake-answer.ts';
import type { ClaudeBody } from '../../test/support/rules-body.ts';
import { instanceOf } from '../../test/support/schema-instance.ts';
import { broken, type Finding, honoured, silent, told } from './finding.ts';
import { leftOut, type Probe, type ProbeGroup } from './probe.ts';
import type { Reply } from './reply.ts';
import { chat, MODELS } from './requests.ts';

const PERSON = {
  type: 'object',
  properties: {
    code: { type: 'string', pattern: '^[A-Z]{3}$', minLength: 3 },
    age: { type: 'integer', minimum: 0, maximum: 117 },
    tags: { type: 'array', items: { type: 'string' }, minItems: 2, maxItems: 5 },
  },
  required: ['code', 'age', 'tags'],
  additionalProperties: false,
};
const ANN = { code: 'ANN', age: 36, tags: ['a', 'b'] };

const TREE = {
  type: 'object',
  properties: { root: { $ref: '#/$defs/node' } },
  required: ['root'],
  additionalProperties: false,
  $defs: {
    node: {
      type: 'object',
      properties: { value: { type: 'string' }, children: { type: 'array', items: { $ref: '#/$defs/node' } } },
      required: ['value', 'children'],
      additionalProperties: false,
    },
  },
};
const OAK = { root: { value: 'oak', children: [{ value: 'leaf', children: [] }] } };

const COUNTS = {
  type: 'object',
  properties: { counts: { type: 'object', additionalProperties: { type: 'integer' } } },
};
const FRUIT = { counts: { apples: 3, pears: 4 } };

/** A Claude that does what it is asked: calls the tool it is given, else says the value. */
function cooperative(value: object): (body: ClaudeBody) => Answer {
  return (body) => {
    const tool = body.tools?.find(({ input_schema: schema }) => schema !== undefined);
    if (tool === undefined) return { message: { content: [{ type: 'text', text: JSON.stringify(value) }] } };
    const wrapped = Object.keys(tool.input_schema as object).length > 0 ? wrapperOf(tool.input_schema, value) : value;
    return { message: { content: [{ type: 'tool_use', id: 'toolu_format', name: tool.name, input: wrapped }] } };
  };
}

/** The input that the tool's own schema asks for: the value, or the value inside its single property. */
function wrapperOf(schema: unknown, value: object): object {
  const { properties = {} } = schema as { properties?: Record<string, unknown> };
  const [only, ...others] = Object.keys(properties);
  if (only === undefined || others.length > 0 || only in value) return value;
  return { ...(instanceOf(schema) as object), [only]: value };
}

interface Asked {
  schema: object;
  /** An answer that fits it. */
  value: object;
  model: string;
  /** Part of the schema that must not get lost. */
  limit: string;
}

function schema(title: string, asked: Asked): Probe {
  return {
    title,
    async run(trial) {
      trial.answerWith(cooperative(asked.value));
      const format = { name: 'answer', schema: asked.schema, strict: true };
      const reply = await trial.send(
        chat({ model: asked.model, response_format: { type: 'json_schema', json_schema: format } }),
      );
      const failure = trial.failed(reply, /schema|response_format/);
      if (failure) return failure;
      return answerProblem(reply, asked.value) ?? judged(trial.claude, reply, asked);
    },
  };
}

function answerProblem(reply: Reply, value: object): Finding | null {
  const { content = '', finishReasons = [], calls = [] } = reply.choices[0] ?? {};
  const got = `the client got content ${JSON.stringify(content).slice(0, 80)}`;
  if (calls.length > 0) return broken(`${got} and a call of a tool it never had`);
  if (!sameJson(content, value)) return broken(got);
  return finishReasons.join() === 'stop' ? null : broken(`finish_reason ${finishReasons.join()}`);
}

/** How Claude was told of the schema, and whether it could have given the right answer at all. */
function judged(claude: ClaudeBody, reply: Reply, { value, limit }: Asked): Finding {
  const { output_format: old } = claude as { output_format?: { schema: unknown } };
  const format = claude.output_config?.format ?? old;
  const tool = claude.tools?.find(({ input_schema: schema }) => schema !== undefined);
  const rest = JSON.stringify([claude.system, claude.messages, claude.tools]);
  if (format && !new Ajv2020({ strict: false }).validate(format.schema as object, value))
    return silent(`the format that Claude got forbids the right answer: ${JSON.stringify(format.schema)}`);
  if (format && JSON.stringify(format).includes(limit)) return honoured(`by Claude's own format, which keeps ${limit}`);
  if (rest.includes(limit))
    return told(`by ${tool ? 'a tool' : 'an instruction'}${format ? ' beside the format' : ''}`);
  if (format) return silent(`by Claude's own format, without ${limit}`);
  return leftOut(reply, /response_format/, 'Claude was told nothing of the schema');
}

function sameJson(text: string, value: object): boolean {
  try {
    return JSON.stringify(JSON.parse(text)) === JSON.stringify(value);
  } catch {
    return false;
  }
}

export const STRUCTURED: ProbeGroup = {
  title: 'Structured output',
  probes: [
    schema('strict `json_schema` with limits that Claude refuses (`maximum`, `maxItems`)', {
      schema: PERSON,
      value: ANN,
      model: MODELS.current,
      limit: '117',
    }),
    schema('recursive `json_schema` (Claude refuses recursion)', {
      schema: TREE,
      value: OAK,
      model: MODELS.forcing,
      limit: 'children',
    }),
    schema('`json_schema` with a map (`additionalProperties` of a type, which Claude refuses)', {
      schema: COUNTS,
      value: FRUIT,
      model: MODELS.forcing,
      limit: 'integer',
    }),
    {
      title: '`json_object`, with a Claude that puts its JSON into a code fence',
      async run(trial) {
        const fenced = `\`\`\`json\n${JSON.stringify(ANN)}\n\`\`\``;
        trial.answerWith((body) =>
          body.tools?.length || body.output_config?.format || 'output_format' in body
            ? cooperative(ANN)(body)
            : { message: { content: [{ type: 'text', text: fenced }] } },
        );
        const reply = await trial.send(chat({ response_format: { type: 'json_object' } }));
        const failure = trial.failed(reply, /response_format/);
        if (failure) return failure;
        const asked = /json/i.test(JSON.stringify({ ...trial.claude, model: '' }));
        const { content = '' } = reply.choices[0] ?? {};
        if (sameJson(content, ANN)) return told(`content is JSON; Claude was ${asked ? '' : 'not '}asked for it`);
        const evidence = `content is ${JSON.stringify(content).slice(0, 40)}, not JSON; Claude was ${asked ? '' : 'not '}asked for it`;
        return asked ? broken(evidence) : leftOut(reply, /response_format/, evidence);
      },
    },
  ],
};
