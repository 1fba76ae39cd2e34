/** What Claude answers instead of a message: HTTP status, `error.type` and `error.message` of its error body. */
export interface ClaudeRefusal {
  status: number;
  type: string;
  message: string;
}

/** Thrown inside the rules only; `refusalOf` turns it into a value. */
export class RefusedByClaude extends Error {
  readonly refusal: ClaudeRefusal;

  constructor(refusal: ClaudeRefusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

/** Stops the rules with a 400 `invalid_request_error`. */
export function refuse(message: string): never {
  throw new RefusedByClaude({ status: 400, type: 'invalid_request_error', message });
}

/** Stops the rules with a 404 `not_found_error`. */
export function refuseUnknown(message: string): never {
  throw new RefusedByClaude({ status: 404, type: 'not_found_error', message });
}
