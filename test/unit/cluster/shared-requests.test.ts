import { expect, it, vi } from 'vitest';
import type { RepeatedRequests } from '../../../server/answers/idempotency.ts';
import { createCallRecord } from '../../../server/calls/call.ts';
import { KeyOwners } from '../../../server/cluster/key-owners.ts';
import { Peers } from '../../../server/cluster/peers.ts';
import type { SharedAnswers } from '../../../server/cluster/shared-answers.ts';
import { SharedRequests } from '../../../server/cluster/shared-requests.ts';
import type { Report } from '../../../server/cluster/worker-messages.ts';
import { ACCESS } from '../../support/access.ts';

it('claims the name of a stream', async () => {
  const reports: Report[] = [];
  const owners = new KeyOwners(1, (report) => {
    reports.push(report);
    if (report.report === 'claim')
      owners.claimed({ order: 'claimed', claim: report.claim, held: { worker: 1, turn: 1 } });
  });
  const local = { stream: vi.fn(() => ({})), knows: () => true };
  // Sound: only what is given here is used.
  const requests = new SharedRequests(
    local as unknown as RepeatedRequests,
    {} as SharedAnswers,
    owners,
    new Peers(1, 'token'),
  );
  const call = { strict: false, owner: 'somebody', access: ACCESS, idempotencyKey: 'key', record: createCallRecord() };
  await requests.stream({ name: 'chat' } as never, call, { request: { model: 'm', messages: [] } });
  expect(reports).toMatchObject([{ report: 'claim', take: true }]);
  expect(local.stream).toHaveBeenCalledTimes(1);
});
