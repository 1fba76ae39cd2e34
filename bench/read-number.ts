/** A setting of the bench. Throws when it is not a number in its range. */
export function readNumber(name: string, fallback: number, minimum: number, maximum: number): number {
  const value = Number(process.env[name] ?? fallback);
  if (!(value >= minimum && value <= maximum))
    throw new Error(`${name}: expected a number from ${minimum} to ${maximum}`);
  return value;
}
