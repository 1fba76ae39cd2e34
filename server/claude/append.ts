/** Adds the items to the list. As arguments of one `push`, 130,000 of them would overflow the stack. */
export function append<T>(list: T[], items: Iterable<T>): void {
  for (const item of items) list.push(item);
}
