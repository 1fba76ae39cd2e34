import { TrestleError } from '../../shared/error.ts';
import type { Notice, NoticeAction } from '../../shared/notice.ts';

/**
 * Collects what happened to fields that could not be sent as they were asked for.
 * In strict mode it throws a 400 in place of every notice but `emulated`, which still honours the field.
 */
export class Notices {
  readonly #byField = new Map<string, Notice>();
  readonly #strict: boolean;

  /** @param standing what is so for every answer, in strict mode as well */
  constructor(strict: boolean, standing: readonly Notice[] = []) {
    this.#strict = strict;
    for (const notice of standing) this.#byField.set(`${notice.param}=${notice.action}!`, notice);
  }

  add(param: string, action: NoticeAction, message: string): void {
    if (this.#strict && action !== 'emulated') {
      throw new TrestleError('unsupported_parameter', `${message} (strict mode refuses what would be ${action})`, {
        param,
      });
    }
    // One notice for `messages[0].name`, `messages[1].name`, …: a long history must not flood the header.
    const name = param.includes('[') ? param.replaceAll(/\[\d+\]/g, '[]') : param;
    const field = `${name}=${action}`;
    if (!this.#byField.has(field)) this.#byField.set(field, { param, action, message });
  }

  /** Takes back what was noted of a field, when something else became of it. */
  retract(param: string): void {
    for (const [field, notice] of this.#byField) if (notice.param === param) this.#byField.delete(field);
  }

  list(): Notice[] {
    return [...this.#byField.values()];
  }
}
