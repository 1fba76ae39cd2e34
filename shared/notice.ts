import { z } from 'zod';

/**
 * What happened to a field that could not be honoured as asked.
 * `clamped`: sent with another value; `ignored`: not sent; `emulated`: reached by other means;
 * `substituted`: replaced by something equivalent.
 */
export const NoticeAction = z.enum(['clamped', 'ignored', 'emulated', 'substituted']);
export type NoticeAction = z.infer<typeof NoticeAction>;

export const Notice = z
  .looseObject({
    /** The field's path, e.g. `temperature` or `messages[0].name`. */
    param: z.string(),
    action: NoticeAction,
    message: z.string(),
  })
  .meta({ id: 'Notice' });
export type Notice = z.infer<typeof Notice>;
