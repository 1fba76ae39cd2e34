import { TrestleError } from '../../shared/error.ts';
import type { Notice, NoticeAction } from '../../shared/notice.ts';

/** A request may hold a million unknown fields, and a name of a megabyte. */
const MAX_NOTICES = 100;
const MAX_PARAM_LENGTH = 10_000;
const MAX_MESSAGE_LENGTH = 1000;

/** Names of fields at another door. */
export interface FieldNames {
  /** The path of a field, by its path in chat completions. */
  of(param: string): string;
  /** A text in which fields of chat completions are named. */
  in(text: string): string;
}

/**
 * Collects what happened to fields that could not be sent as they were asked for.
 * In strict mode it throws a 400 in place of every notice but `emulated`, which still honours the field.
 */
export class Notices {
  readonly #byField = new Map<string, Notice>();
  readonly #strict: boolean;
  readonly #names: FieldNames | undefined;
  /** Those that were too many to be told. */
  #untold = 0;

  /**
   * @param standing what is so for every answer, in strict mode as well
   * @param names the caller's names of fields, where they are not those of chat completions
   */
  constructor(strict: boolean, standing: readonly Notice[] = [], names?: FieldNames) {
    this.#strict = strict;
    this.#names = names;
    for (const notice of standing) this.#byField.set(`${notice.param}=${notice.action}!`, notice);
  }

  /** One notice for `messages[0].name`, `messages[1].name`, …: a long history must not flood the header. */
  add(asked: string, action: NoticeAction, message: string): void {
    const param = this.#nameOf(asked);
    this.#add(param.includes('[') ? param.replaceAll(/\[\d+\]/g, '[]') : param, { param, action, message });
  }

  /** A notice for every place in a list, where each of them has to be known. */
  addEach(asked: string, action: NoticeAction, message: string): void {
    const param = this.#nameOf(asked);
    this.#add(param, { param, action, message });
  }

  /** Takes back what was noted of a field, when something else became of it. */
  retract(asked: string): void {
    const param = this.#nameOf(asked);
    for (const [field, notice] of this.#byField) if (notice.param === param) this.#byField.delete(field);
  }

  /** A notice in the caller's names of fields. */
  named({ param, action, message }: Notice): Notice {
    return { param: this.#nameOf(param), action, message: this.#names?.in(message) ?? message };
  }

  list(): Notice[] {
    const notices = [...this.#byField.values()];
    if (this.#untold === 0) return notices;
    return [...notices, { param: 'notices', action: 'ignored', message: `and ${this.#untold} more` }];
  }

  #nameOf(param: string): string {
    return this.#names?.of(param) ?? param;
  }

  #add(name: string, { param, action, message }: Notice): void {
    const told = cut(this.#names?.in(message) ?? message, MAX_MESSAGE_LENGTH);
    if (this.#strict && action !== 'emulated') {
      throw new TrestleError('unsupported_parameter', `${told} (strict mode refuses what would be ${action})`, {
        param: cut(param, MAX_PARAM_LENGTH),
      });
    }
    const field = `${cut(name, MAX_PARAM_LENGTH)}=${action}`;
    if (this.#byField.has(field)) return;
    if (this.#byField.size >= MAX_NOTICES) this.#untold += 1;
    else this.#byField.set(field, { param: cut(param, MAX_PARAM_LENGTH), action, message: told });
  }
}

function cut(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}
