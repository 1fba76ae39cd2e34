import { MODELS, rulesOf, SUCCESSORS } from './models.ts';

/**
 * The id that another spelling of a model's name means, or undefined when it is none of Claude's: with a provider's
 * prefix (`anthropic/claude-…`, `us.anthropic.claude-…-v1:0`), Vertex's date (`claude-…@20251101`), dots
 * (`claude-sonnet-4.5`), the version before the family (`claude-4.5-sonnet`), or `-latest`.
 */
export function toModelId(name: string): string | undefined {
  const plain = name
    .trim()
    .toLowerCase()
    // Routers put providers before it, some of them several.
    .replace(/^.*\//, '')
    // Bedrock's regions and vendor.
    .replace(/^(?:[a-z-]+\.)?anthropic\./, '')
    // Bedrock's version, and OpenRouter's variants.
    .replace(/(?:-v\d+)?(?::[\w.-]+)?$/, '')
    .replace(/@(?:latest|default)$/, '-latest')
    .replace('@', '-')
    .replaceAll('.', '-');
  if (!/^claude-[\w-]+$/.test(plain)) return undefined;
  const [, version, family, rest] = /^claude-(\d+(?:-\d+)?)-([a-z]+)(.*)$/.exec(plain) ?? [];
  const turned = family === undefined ? plain : `claude-${family}-${version}${rest}`;
  const spellings = [plain, turned].flatMap((id) => [id, id.replace(/-latest$/, ''), `${id}-latest`]);
  return spellings.find(isKnown) ?? newestOf(plain) ?? plain;
}

function isKnown(id: string): boolean {
  return rulesOf(id) !== undefined || Object.hasOwn(SUCCESSORS, id);
}

/** The newest model of a family that is named without a version, such as `claude-sonnet-latest`. */
function newestOf(name: string): string | undefined {
  const [, family] = /^claude-([a-z]+)(?:-latest)?$/.exec(name) ?? [];
  return MODELS.find(({ id }) => family !== undefined && id.startsWith(`claude-${family}-`))?.id;
}
