import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readHouse } from '../../scripts/house.ts';

it('has no circle, and no import of a room above', () => {
  const { circles, upward, loose, floors } = readHouse('.');
  expect({ circles, upward }).toEqual({ circles: [], upward: [] });
  expect(loose.length).toBeLessThanOrEqual(8);
  expect(floors.length).toBeGreaterThan(5);
});

it('finds a circle, an import of a room above, and those of types', () => {
  const root = houseOf({
    'shared/a.ts': '',
    'client/index.ts': '',
    'server/calls/call.ts': "import type { Chat } from '../chat/chat.ts';",
    'server/chat/chat.ts': "import { call } from '../calls/call.ts';",
    'server/http/server.ts': "import { call } from '../calls/call.ts';",
  });
  const { circles, upward } = readHouse(root);
  expect(circles).toEqual([['server/calls', 'server/chat']]);
  expect(upward).toEqual(['server/calls/call.ts -> server/chat/chat.ts']);
});

it('tells two circles apart, and what stands between them', () => {
  const root = houseOf({
    'shared/a.ts': '',
    'client/index.ts': '',
    'server/calls/call.ts': "import { Claude } from '../claude/claude.ts';",
    'server/claude/claude.ts': "import { call } from '../calls/call.ts';",
    'server/upstream/way.ts': "import { Claude } from '../claude/claude.ts';",
    'server/http/server.ts': "import { way } from '../upstream/way.ts'; import { rest } from '../rest/rest.ts';",
    'server/rest/rest.ts': "import { server } from '../http/server.ts';",
  });
  expect(readHouse(root).circles).toEqual([
    ['server/calls', 'server/claude'],
    ['server/http', 'server/rest'],
  ]);
});

it('refuses a file in no room of the list', () => {
  const root = houseOf({ 'shared/a.ts': '', 'client/index.ts': '', 'server/cellar/wine.ts': '' });
  expect(() => readHouse(root)).toThrow('server/cellar/wine.ts stands in no room');
});

function houseOf(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'house-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}
