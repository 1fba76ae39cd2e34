import { z } from 'zod';
import { RefusalPart, TextPart } from '../../shared/content-part.ts';
import { ReasoningDetail } from '../../shared/reasoning-detail.ts';
import { OtherItem } from '../../shared/responses/input-item.ts';
import { OtherTool } from '../../shared/responses/response-tool.ts';
import { AllowedTool } from '../../shared/tool.ts';
import type { Notices } from './notices.ts';

type Visit = (value: unknown, path: string, notices: Notices) => void;
type Schema = z.core.$ZodType;

/** Thinking carries a seal of ours, only the name is read of an allowed tool, and nothing of what is left out as a whole. */
const OPEN: ReadonlySet<Schema> = new Set<Schema>([ReasoningDetail, AllowedTool, OtherItem, OtherTool]);

/** Fields of an answer that some clients copy into each part of its content. */
const COPIED = Object.fromEntries(
  'role refusal tool_calls function_call audio annotations reasoning_content reasoning_details parsed'
    .split(' ')
    .map((name) => [name, z.unknown()]),
);

/** Fields that are taken without being in the schema. */
const EXTENSIONS: ReadonlyMap<Schema, Readonly<Record<string, Schema>>> = new Map<Schema, Record<string, Schema>>([
  [TextPart, COPIED],
  [RefusalPart, COPIED],
]);

/** What other gateways add, at any place, for themselves. */
const SILENT: ReadonlySet<string> = new Set([
  'provider_specific_fields',
  // Of Codex.
  'internal_chat_message_metadata_passthrough',
]);

/**
 * Notes every field below the top level that its schema does not know: they stay behind. Records, JSON Schemas
 * among them, and objects without a field of their own are the caller's to fill.
 */
export function notesUnknownFields(schema: z.ZodObject): (request: object, notices: Notices) => void {
  const fields = Object.entries<Schema>(schema.shape).flatMap(([name, field]) => {
    const visit = visitorOf(field);
    return visit ? [{ name, visit }] : [];
  });
  return (request, notices) => {
    for (const { name, visit } of fields) {
      const value = (request as Record<string, unknown>)[name];
      if (value !== undefined) visit(value, name, notices);
    }
  };
}

/** Made once for each schema; undefined where there is nothing to look at. */
function visitorOf(schema: Schema): Visit | undefined {
  if (OPEN.has(schema)) return undefined;
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return visitorOf(schema.unwrap());
  if (schema instanceof z.ZodArray) return ofArray(schema.element);
  if (schema instanceof z.ZodObject) return ofObject(schema);
  if (schema instanceof z.ZodDiscriminatedUnion) return ofVariants(schema.options, schema.def.discriminator);
  if (!(schema instanceof z.ZodUnion)) return undefined;
  const [visit, ...others] = schema.options.flatMap((option) => visitorOf(option) ?? []);
  if (others.length > 0) throw new Error('A union of several objects needs a discriminator');
  return visit;
}

function ofArray(element: Schema): Visit | undefined {
  const visit = visitorOf(element);
  if (!visit) return undefined;
  return (value, path, notices) => {
    if (!Array.isArray(value)) return;
    for (let index = 0; index < value.length; index++) visit(value[index], `${path}[${index}]`, notices);
  };
}

function ofObject(schema: z.ZodObject): Visit | undefined {
  const fields = new Map(
    Object.entries<Schema>({ ...schema.shape, ...EXTENSIONS.get(schema) }).map(([name, field]) => [
      name,
      visitorOf(field),
    ]),
  );
  if (fields.size === 0) return undefined;
  return (value, path, notices) => {
    if (!isObject(value)) return;
    for (const name of Object.keys(value)) {
      const field = value[name];
      if (field === undefined || field === null || SILENT.has(name)) continue;
      if (fields.has(name)) fields.get(name)?.(field, `${path}.${name}`, notices);
      else notices.add(`${path}.${name}`, 'ignored', `${name} is not a field that Claude has a place for`);
    }
  };
}

function ofVariants(options: readonly Schema[], discriminator: string): Visit {
  const variants = new Map<unknown, Visit | undefined>();
  for (const option of options) {
    const values = option instanceof z.ZodObject ? valuesOf(option.shape[discriminator]) : [];
    if (values.length === 0) throw new Error(`A variant without a literal ${discriminator}`);
    for (const value of values) variants.set(value, visitorOf(option));
  }
  return (value, path, notices) => {
    if (isObject(value)) variants.get(value[discriminator])?.(value, path, notices);
  };
}

/** The values that tell a variant, undefined among them where its field may be left out. */
function valuesOf(schema: unknown): unknown[] {
  if (schema instanceof z.ZodOptional) return [undefined, ...valuesOf(schema.unwrap())];
  if (schema instanceof z.ZodEnum) return schema.options;
  return schema instanceof z.ZodLiteral ? [...schema.values] : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
