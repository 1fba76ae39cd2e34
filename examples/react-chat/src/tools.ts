import type { ChatTools } from 'trestle/client/ai-sdk';

/** What Claude may call. The calls are run here, in the page. */
export const tools: ChatTools = {
  get_time: {
    description: 'The local time now, in one of a few cities',
    inputSchema: {
      type: 'object',
      properties: { time_zone: { type: 'string', enum: ['Europe/Oslo', 'America/New_York', 'Asia/Tokyo'] } },
      required: ['time_zone'],
      additionalProperties: false,
    },
  },
};

/** Throws when there is no such tool or time zone; Claude is told. */
export function runTool(name: string, input: unknown): string {
  if (name !== 'get_time') throw new Error(`There is no tool ${name}`);
  const { time_zone: timeZone } = input as { time_zone: string };
  return new Intl.DateTimeFormat('en', { timeZone, dateStyle: 'full', timeStyle: 'short' }).format(new Date());
}
