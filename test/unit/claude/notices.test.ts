import { describe, expect, it, test } from 'vitest';
import { Notices } from '../../../server/claude/notices.ts';
import type { NoticeAction } from '../../../shared/notice.ts';

describe('notices', () => {
  it('are listed as they were made', () => {
    const notices = new Notices(false);
    notices.add('seed', 'ignored', 'no seed');
    notices.add('temperature', 'clamped', 'at most 1');
    expect(notices.list()).toEqual([
      { param: 'seed', action: 'ignored', message: 'no seed' },
      { param: 'temperature', action: 'clamped', message: 'at most 1' },
    ]);
  });

  it('name a field once, wherever in a list it stands, so that long histories make no flood', () => {
    const notices = new Notices(false);
    for (let index = 0; index < 1000; index += 1) notices.add(`messages[${index}].name`, 'ignored', 'no names');
    expect(notices.list()).toEqual([{ param: 'messages[0].name', action: 'ignored', message: 'no names' }]);
  });

  it('name each place where that matters, and count those that are too many', () => {
    const notices = new Notices(false);
    for (let index = 0; index < 103; index += 1) notices.addEach(`messages[${index}]`, 'emulated', 'moved');
    const told = notices.list();
    expect(told.slice(0, 100).map(({ param }) => param)).toEqual(
      Array.from({ length: 100 }, (_, at) => `messages[${at}]`),
    );
    expect(told.slice(100)).toEqual([{ param: 'notices', action: 'ignored', message: 'and 3 more' }]);
  });

  it('tell apart what happened to one field in two ways', () => {
    const notices = new Notices(false);
    notices.add('messages[0]', 'emulated', 'moved');
    notices.add('messages[1]', 'ignored', 'dropped');
    expect(notices.list().map(({ action }) => action)).toEqual(['emulated', 'ignored']);
  });
});

describe('strict mode', () => {
  test.each<NoticeAction>(['ignored', 'clamped', 'substituted'])('refuses what would be %s', (action) => {
    const strict = new Notices(true);
    expect(() => strict.add('seed', action, 'Claude does not sample by seed')).toThrow(
      expect.objectContaining({
        status: 400,
        code: 'unsupported_parameter',
        param: 'seed',
        message: expect.stringContaining('Claude does not sample by seed') as unknown,
      }),
    );
    expect(strict.list()).toEqual([]);
  });

  it('takes what is emulated, since that is honoured', () => {
    const strict = new Notices(true);
    strict.add('n', 'emulated', 'parallel calls');
    expect(strict.list()).toHaveLength(1);
  });
});
