import { z } from 'zod';
import { openObject } from './open-object.ts';

export const NoticeAction = z.enum(['clamped', 'ignored', 'emulated', 'substituted']);
export type NoticeAction = z.infer<typeof NoticeAction>;

/** What happened to a field that could not be honoured as asked. */
export const Notice = openObject({
  /** The path of the field, e.g. `temperature` or `messages[0].name`. */
  param: z.string(),
  /**
   * `clamped`: sent with another value. `ignored`: not sent. `emulated`: reached by other means. `substituted`: replaced
   * by something equivalent.
   */
  action: NoticeAction,
  /** The reason, in a sentence. */
  message: z.string(),
}).meta({ id: 'Notice' });
export type Notice = z.infer<typeof Notice>;
