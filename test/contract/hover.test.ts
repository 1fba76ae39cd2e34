import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { beforeAll, expect, test } from 'vitest';

// What an editor shows for a field of a type that the client exports, asked of TypeScript itself.

const CLIENT = fileURLToPath(new URL('../../client/index.ts', import.meta.url));
const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  strict: true,
  allowImportingTsExtensions: true,
  noEmit: true,
  types: [],
};

let fields = new Map<string, string>();
beforeAll(() => {
  fields = readFields(['ChatCompletionRequest', 'ChatCompletion', 'ChatCompletionChunk', 'ModelList', 'Notice']);
}, 60_000);

/** The comments on every field that the types have, at any depth, by its path. */
function readFields(names: readonly string[]): Map<string, string> {
  const program = ts.createProgram([CLIENT], OPTIONS);
  const checker = program.getTypeChecker();
  const found = new Map<string, string>();
  const visit = (type: ts.Type, path: string): void => {
    if (type.isUnion()) return type.types.forEach((each) => visit(each, path));
    const element = checker.isArrayType(type) ? checker.getTypeArguments(type as ts.TypeReference)[0] : undefined;
    if (element) return visit(element, `${path}[]`);
    // Records, and objects that are the caller's to fill, have no fields of their own.
    if (!(type.flags & ts.TypeFlags.Object) || type.getStringIndexType()) return;
    for (const field of type.getProperties()) {
      const name = `${path}.${field.name}`;
      found.set(name, (found.get(name) ?? '') + ts.displayPartsToString(field.getDocumentationComment(checker)));
      visit(checker.getTypeOfSymbol(field), name);
    }
  };
  const module = checker.getSymbolAtLocation(program.getSourceFile(CLIENT)!)!;
  for (const symbol of checker.getExportsOfModule(module)) {
    if (!names.includes(symbol.name)) continue;
    const alias = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    visit(checker.getDeclaredTypeOfSymbol(alias), symbol.name);
  }
  return found;
}

test('every field of requests and answers says on hover what it is', () => {
  expect(fields.size).toBeGreaterThan(150);
  expect([...fields].filter(([, comment]) => comment === '').map(([name]) => name)).toEqual([]);
});

test('the comments are those of the sources', () => {
  expect(fields.get('ChatCompletionRequest.max_completion_tokens')).toContain('The most tokens of the answer');
  expect(fields.get('ChatCompletionRequest.messages[].content[].image_url.url')).toContain('`data:` URL');
  expect(fields.get('ChatCompletion.choices[].message.tool_calls[].function.arguments')).toContain('JSON text');
});
