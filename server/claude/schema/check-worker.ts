import { parentPort } from 'node:worker_threads';
import { checkText, type Checked } from './check-schema.ts';

/** Texts to check against one schema. */
export interface CheckOrder {
  texts: readonly string[];
  /** The schema as JSON. */
  schema: string;
}

/** One of them that was checked. */
export interface CheckReport {
  index: number;
  checked: Checked;
}

// It answers in order, one at a time, so that what is slow takes nothing from what came before it.
parentPort!.on('message', ({ texts, schema }: CheckOrder) => {
  void (async () => {
    for (const [index, text] of texts.entries()) {
      const report: CheckReport = { index, checked: await checkText(text, schema) };
      parentPort!.postMessage(report);
    }
  })();
});
parentPort!.postMessage('ready');
