/** An error as every door tells it. */
export interface Refusal {
  code: string | null;
  param: string | null;
  message: string;
}

/** What a caller got in place of an answer. */
export interface Refused {
  refused: Refusal;
}

export function refused({ code, param, message }: Refusal): Refused {
  return { refused: { code, param, message } };
}

/** The error that a tRPC client threw. Throws what is none of the server's. */
export function thrown(error: unknown): Refused {
  const { data } = error as { data?: { error?: Refusal } };
  if (!data?.error) throw error;
  return refused(data.error);
}

interface Callbacks<Item> {
  onData: (tracked: { data: Item }) => void;
  onComplete: () => void;
  onError: (error: unknown) => void;
}

/** What a subscription comes to: what its items make, or its refusal. */
export function subscribed<Item, Outcome>(
  subscribe: (on: Callbacks<Item>) => unknown,
  outcomeOf: (items: Item[]) => Outcome,
): Promise<Outcome | Refused> {
  return new Promise((resolve, reject) => {
    const items: Item[] = [];
    subscribe({
      onData: ({ data }) => void items.push(data),
      onComplete: () => resolve(outcomeOf(items)),
      onError(error) {
        try {
          resolve(thrown(error));
        } catch (unexpected) {
          reject(unexpected);
        }
      },
    });
  });
}
