import { z } from 'zod';

/**
 * An object that keeps fields which are not in its schema, so that a notice can name them, and whose type does not
 * have them: for a caller with types a misspelt name is an error.
 */
export function openObject<Shape extends z.core.$ZodShape>(shape: Shape): z.ZodObject<Shape> {
  return z.looseObject(shape) as never;
}
