import { Chat } from '@ai-sdk/react';
import { lastAssistantMessageIsCompleteWithToolCalls } from 'ai';
import { createTrestleClient } from 'trestle/client';
import { TrestleChatTransport, type TrestleUIMessage } from 'trestle/client/ai-sdk';
import { followStream } from './connection.ts';
import { readSettings } from './settings.ts';
import { runTool, tools } from './tools.ts';

const MESSAGES = 'trestle:messages';

const { url, apiKey } = readSettings();
export const client = createTrestleClient({ url, apiKey: apiKey || undefined });

const transport = new TrestleChatTransport<TrestleUIMessage>({
  client,
  model: 'claude-opus-5-5',
  tools,
  // The running answer is found again after a reload.
  storage: () => sessionStorage,
  onStream: followStream,
});

/** One chat for this tab. Made once: what renders it may come and go. */
export const chat: Chat<TrestleUIMessage> = new Chat({
  id: 'example',
  transport,
  messages: readMessages(),
  sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls,
  onToolCall({ toolCall: { toolName, toolCallId, input } }) {
    const tool = toolName as never;
    try {
      const output = runTool(toolName, input) as never;
      // Not awaited: the chat takes the output once the answer that called is over.
      void chat.addToolOutput({ tool, toolCallId, output });
    } catch (error) {
      void chat.addToolOutput({ tool, toolCallId, state: 'output-error', errorText: String(error) });
    }
  },
});

function readMessages(): TrestleUIMessage[] {
  try {
    return JSON.parse(sessionStorage.getItem(MESSAGES) ?? '[]') as TrestleUIMessage[];
  } catch {
    return [];
  }
}

/** Keeps the messages for this tab; what is being answered comes back from the server. */
export function keepMessages(messages: TrestleUIMessage[]): void {
  sessionStorage.setItem(MESSAGES, JSON.stringify(messages));
}
