import { fstatSync } from 'node:fs';
import { text } from 'node:stream/consumers';

/** What was piped to the command, or is in a file given as its input; empty on a terminal, and where there is no input. */
export async function readPipedText(): Promise<string> {
  return isPiped() ? await text(process.stdin) : '';
}

function isPiped(): boolean {
  try {
    const input = fstatSync(process.stdin.fd);
    // Programs that start this one give it a socket in place of a pipe.
    return input.isFIFO() || input.isFile() || input.isSocket();
  } catch {
    return false;
  }
}
