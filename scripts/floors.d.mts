export const FLOORS: readonly string[];
export const FORBIDDEN_PACKAGES: Readonly<Record<string, readonly string[]>>;
export const LONG_FILES: Readonly<Record<string, string>>;
