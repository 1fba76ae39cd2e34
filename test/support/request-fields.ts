import { z } from 'zod';
import { ChatCompletionRequest } from '../../shared/chat-request.ts';

type Schema = z.core.$ZodType;

/**
 * The fields of the contract's schema of requests that none of these has, as `messages[](user).content[](text).text`:
 * behind a place that has variants stands the name of one.
 */
export function unseenFields(requests: Iterable<object>): string[] {
  const known = new Set<string>();
  addFields(ChatCompletionRequest, '', known);
  const seen = new Set<string>();
  for (const request of requests) {
    addSeen(request, [''], known, seen);
    if (seen.size === known.size) return [];
  }
  return [...known].filter((field) => !seen.has(field));
}

/** `places` are the spellings of where the value stands, with its variants and without. */
function addSeen(value: unknown, places: readonly string[], known: ReadonlySet<string>, seen: Set<string>): void {
  if (Array.isArray(value)) {
    const inside = places.map((place) => `${place}[]`);
    for (const entry of value) addSeen(entry, inside, known, seen);
  } else if (isObject(value)) {
    const variant = value['role'] ?? value['type'];
    const all = typeof variant === 'string' ? [...places, ...places.map((place) => `${place}(${variant})`)] : places;
    for (const [name, field] of Object.entries(value)) {
      const inside = all.map((place) => (place === '' ? name : `${place}.${name}`)).filter((at) => known.has(at));
      for (const at of inside) seen.add(at);
      if (inside.length > 0) addSeen(field, inside, known, seen);
    }
  }
}

function addFields(schema: Schema, place: string, found: Set<string>): void {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) addFields(schema.unwrap(), place, found);
  else if (schema instanceof z.ZodArray) addFields(schema.element, `${place}[]`, found);
  else if (schema instanceof z.ZodUnion) for (const option of schema.options) addFields(option, place, found);
  else if (schema instanceof z.ZodObject) {
    const { role, type } = schema.shape as Record<string, Schema>;
    for (const variant of namesOf(role ?? type)) {
      for (const [name, field] of Object.entries<Schema>(schema.shape)) {
        const at = place === '' ? name : `${place}${variant}.${name}`;
        found.add(at);
        addFields(field, at, found);
      }
    }
  }
}

function namesOf(discriminator: Schema | undefined): string[] {
  if (discriminator instanceof z.ZodLiteral) return [...discriminator.values].map((value) => `(${String(value)})`);
  if (discriminator instanceof z.ZodEnum) return discriminator.options.map((value) => `(${value})`);
  return [''];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
