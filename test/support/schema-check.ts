import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';

/** Says what is wrong with a value; null when it is valid. */
export type SchemaCheck = (pointer: string, value: unknown) => string | null;

/** Checks values against schemas inside an OpenAPI document, each named by its JSON pointer, e.g. `/components/schemas/Model`. */
export function createSchemaCheck(document: object): SchemaCheck {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateSchema: false, logger: false });
  addFormats.default(ajv);
  ajv.addFormat('unixtime', { type: 'number', validate: (value: number) => Number.isInteger(value) && value >= 0 });
  ajv.addSchema(withoutNullable(document) as object, 'document');
  return (pointer, value) => {
    const validate = ajv.getSchema(`document#${pointer}`);
    if (validate === undefined) throw new Error(`the document has no schema at ${pointer}`);
    return validate(value) ? null : ajv.errorsText(validate.errors, { dataVar: 'answer' });
  };
}

/** OpenAPI 3.0's `nullable: true`, which lives on in 3.1 documents but means nothing there, as a union with null. */
function withoutNullable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNullable);
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, ...rest } = value as Record<string, unknown>;
  const converted = Object.fromEntries(Object.entries(rest).map(([name, entry]) => [name, withoutNullable(entry)]));
  if (typeof nullable !== 'boolean') return nullable === undefined ? converted : { ...converted, nullable };
  return nullable ? { anyOf: [converted, { type: 'null' }] } : converted;
}
