import { blocksOf } from '../../test/support/rules-blocks-walk.ts';
import { type ClaudeBlock } from '../../test/support/rules-blocks.ts';
import type { ClaudeBody } from '../../test/support/rules-body.ts';
import { dataUri, TINY_IMAGES, TINY_PDF } from '../../test/support/tiny-files.ts';
import { broken, type Finding, honoured, silent, told } from './finding.ts';
import { leftOut, oneLine, type Probe, type ProbeGroup } from './probe.ts';
import { chat, withPart } from './requests.ts';

const PNG = TINY_IMAGES['image/png'];
const JPEG = TINY_IMAGES['image/jpeg'];
const IMAGE_URL = 'https://example.com/cat.png';

function blocksIn(body: ClaudeBody): ClaudeBlock[] {
  return body.messages.flatMap(blocksOf);
}

function sourceOf(body: ClaudeBody, type: string): Record<string, unknown> | undefined {
  const block = blocksIn(body).find((one) => one.type === type);
  return block?.source as Record<string, unknown> | undefined;
}

function file(title: string, part: object, type: string, fits: (source: Record<string, unknown>) => boolean): Probe {
  return {
    title,
    async run(trial) {
      const reply = await trial.send(withPart(part));
      // Of these only a wrong media type is the client's fault.
      const failure = trial.failed(reply, /media type/);
      if (failure) return failure;
      const source = sourceOf(trial.claude, type);
      if (source === undefined) return leftOut(reply, /image|file|document/, `Claude got no ${type}`);
      const evidence = `Claude got ${oneLine(JSON.stringify(source)).slice(0, 90)}`;
      return fits(source) ? honoured(evidence) : silent(evidence);
    },
  };
}

export const CONTENT: ProbeGroup = {
  title: 'Messages and files',
  probes: [
    file(
      'image as a data URI',
      { type: 'image_url', image_url: { url: dataUri('image/png', PNG) } },
      'image',
      (source) => source['data'] === PNG && source['media_type'] === 'image/png',
    ),
    file(
      'JPEG declared as PNG (Claude refuses a wrong type)',
      { type: 'image_url', image_url: { url: dataUri('image/png', JPEG) } },
      'image',
      (source) => source['data'] === JPEG && source['media_type'] === 'image/jpeg',
    ),
    file(
      'remote image URL',
      { type: 'image_url', image_url: { url: IMAGE_URL } },
      'image',
      (source) => source['url'] === IMAGE_URL || source['type'] === 'base64',
    ),
    file(
      'PDF as a `file` part',
      { type: 'file', file: { filename: 'paper.pdf', file_data: dataUri('application/pdf', TINY_PDF) } },
      'document',
      (source) => source['data'] === TINY_PDF && source['media_type'] === 'application/pdf',
    ),
    {
      title: '`input_audio`, which Claude does not take',
      async run(trial) {
        const reply = await trial.send(
          withPart({ type: 'input_audio', input_audio: { data: 'UklGRgAAAAA=', format: 'wav' } }),
        );
        return trial.failed(reply, /audio/) ?? leftOut(reply, /audio/, 'answered without having heard it');
      },
    },
    {
      title: 'system message in mid-conversation',
      run: (trial) => inMidConversation(trial, 'system'),
    },
    {
      title: 'developer message in mid-conversation',
      run: (trial) => inMidConversation(trial, 'developer'),
    },
    {
      title: '`cache_control` on a text part, an extension that many clients send',
      async run(trial) {
        const part = { type: 'text', text: 'Long text.', cache_control: { type: 'ephemeral' } };
        const reply = await trial.send(withPart(part));
        const failure = trial.failed(reply, /cache_control/);
        if (failure) return failure;
        const kept = blocksIn(trial.claude).some((block) => block.text === 'Long text.' && 'cache_control' in block);
        return kept ? honoured('Claude got the mark') : leftOut(reply, /cache_control/, 'the mark was not sent');
      },
    },
  ],
};

async function inMidConversation(trial: Parameters<Probe['run']>[0], role: string): Promise<Finding> {
  const text = 'From now on answer in French.';
  const reply = await trial.send(
    chat({
      messages: [
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: 'Hello!' },
        { role, content: text },
        { role: 'user', content: 'How are you?' },
      ],
    }),
  );
  const failure = trial.failed(reply, /(?!)/);
  if (failure) return failure;
  const { messages, system } = trial.claude;
  const entry = messages.findIndex((one) => JSON.stringify(one).includes(text));
  if (entry > 0) {
    const evidence = `Claude got it as entry ${entry + 1} of ${messages.length}, role ${messages[entry]!.role}`;
    return messages[entry]!.role === 'system' ? honoured(evidence) : told(evidence);
  }
  if (JSON.stringify(system ?? '').includes(text))
    return leftOut(reply, /messages|system|developer/, 'moved before the whole conversation');
  return broken('Claude did not get it');
}
