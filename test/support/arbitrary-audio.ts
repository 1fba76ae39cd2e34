import * as fc from 'fast-check';
import type { ChatMessage } from '../../shared/chat-message.ts';
import type { RequestFeature } from './arbitrary-request.ts';

/** Sound in and out, which Claude has not. Rare, since each refuses the whole request. */
export const AUDIO: RequestFeature = {
  stretches: [
    fc.oneof(
      { weight: 12, arbitrary: fc.constant<ChatMessage[]>([{ role: 'user', content: 'Hm.' }]) },
      {
        weight: 1,
        arbitrary: fc.constantFrom<ChatMessage[]>(
          [
            {
              role: 'user',
              content: [{ type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } }],
            },
          ],
          [{ role: 'assistant', audio: { id: 'audio_1' } }],
        ),
      },
    ),
  ],
  fields: { audio: fc.constantFrom(null, null, null, { voice: 'alloy', format: 'wav' }) },
};
