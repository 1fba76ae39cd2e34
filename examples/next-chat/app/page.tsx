import { Conversation } from './conversation';
import { trestle } from './trestle';

// The models are those of the moment, not those of the build.
export const dynamic = 'force-dynamic';

/** A server component: it asks Trestle itself. */
export default async function Page() {
  const { data } = await trestle.models.list();
  return (
    <main>
      <p>{data.length} models</p>
      <Conversation />
    </main>
  );
}
