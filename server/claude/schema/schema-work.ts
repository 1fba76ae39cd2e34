import { TrestleError } from '../../../shared/error.ts';
import { measure } from './nesting.ts';

/** Maximum values and characters in all schemas of one request together. Every stage looks at each value a few times, and 30,000 take some 20 ms. */
const MAX_VALUES = 30_000;
const MAX_CHARACTERS = 2 * 1024 * 1024;
/** Schemas looked at and merged. References and choices multiply: three kilobytes can stand for more than any memory holds. */
const MAX_STEPS = 5_000;

/** Bounds what the schemas of one request may cost, which callers choose. */
export class SchemaWork {
  #values = 0;
  #characters = 0;
  #steps = MAX_STEPS;

  /** Throws a 400 that names the field for what can't be walked, and for more than a request may hold. */
  admit(schema: unknown, param: string): void {
    const { values, characters } = measure(schema, param, MAX_VALUES);
    this.#values += values;
    this.#characters += characters;
    if (this.#values > MAX_VALUES) throw tooLarge(`${MAX_VALUES} values`, param);
    if (this.#characters > MAX_CHARACTERS) throw tooLarge(`${MAX_CHARACTERS} characters`, param);
  }

  /** Whether that many steps were left. Once they were not, none are. */
  spend(steps: number): boolean {
    this.#steps -= steps;
    return this.#steps >= 0;
  }
}

function tooLarge(most: string, param: string): TrestleError {
  return new TrestleError('invalid_value', `The schemas of a request may have at most ${most} in all`, { param });
}
