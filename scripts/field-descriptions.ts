import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

// Reads the comments above the contract's fields, which editors show, for the documents that people read.

const SHARED = fileURLToPath(new URL('../shared/', import.meta.url));
/** What an object's shape is given to. */
const OBJECTS = new Set(['openObject', 'looseObject', 'object', 'extend']);

/** A schema by its id: what it is, and its fields by their path, e.g. `image_url.url`. */
export interface DescribedSchema {
  description: string;
  fields: Record<string, string>;
}

/** Every schema of shared/ with an id. Throws for two comments on one field that differ. */
export function readDescriptions(): Record<string, DescribedSchema> {
  const schemas: Record<string, DescribedSchema> = {};
  for (const file of readdirSync(SHARED, { recursive: true, encoding: 'utf8' }).toSorted()) {
    if (!file.endsWith('.ts')) continue;
    const source = ts.createSourceFile(file, ts.sys.readFile(SHARED + file)!, ts.ScriptTarget.Latest, true);
    const constants = constantsOf(source);
    for (const [statement, initializer] of constants.values()) {
      const id = idOf(initializer);
      if (id === undefined) continue;
      const fields: Record<string, string> = {};
      readFields(initializer, '', fields, constants);
      schemas[id] = { description: commentOf(statement), fields };
    }
  }
  return schemas;
}

type Constants = ReadonlyMap<string, readonly [ts.Node, ts.Expression]>;

function constantsOf(source: ts.SourceFile): Constants {
  return new Map(
    source.statements
      .filter((statement) => ts.isVariableStatement(statement))
      .flatMap((statement) =>
        statement.declarationList.declarations.flatMap(({ name, initializer }) =>
          initializer ? [[name.getText(), [statement, initializer] as const] as const] : [],
        ),
      ),
  );
}

/** Of `….meta({ id: 'Name' })`. */
function idOf(expression: ts.Expression): string | undefined {
  return /\.meta\(\{ id: '(\w+)' \}\)$/.exec(expression.getText())?.[1];
}

/** The fields of the objects that an expression makes, those of other schemas with an id excepted. */
function readFields(node: ts.Node, path: string, fields: Record<string, string>, constants: Constants): void {
  if (ts.isIdentifier(node)) {
    const [, initializer] = constants.get(node.text) ?? [];
    if (initializer && idOf(initializer) === undefined) readFields(initializer, path, fields, constants);
    return;
  }
  if (ts.isCallExpression(node) && OBJECTS.has(nameOf(node.expression))) {
    for (const shape of node.arguments) readShape(shape, path, fields, constants);
    readFields(node.expression, path, fields, constants);
    return;
  }
  ts.forEachChild(node, (child) => readFields(child, path, fields, constants));
}

function readShape(shape: ts.Expression, path: string, fields: Record<string, string>, constants: Constants): void {
  const [, initializer = shape] = ts.isIdentifier(shape) ? (constants.get(shape.text) ?? []) : [];
  if (!ts.isObjectLiteralExpression(initializer)) return;
  for (const property of initializer.properties) {
    if (ts.isSpreadAssignment(property)) readShape(property.expression, path, fields, constants);
    if (!ts.isPropertyAssignment(property)) continue;
    const field = path + property.name.getText();
    const comment = commentOf(property);
    if ((fields[field] ?? comment) !== comment) throw new Error(`Two comments on ${field}: "${comment}"`);
    if (comment !== '') fields[field] = comment;
    readFields(property.initializer, `${field}.`, fields, constants);
  }
}

function nameOf(expression: ts.Expression): string {
  return ts.isPropertyAccessExpression(expression) ? expression.name.text : expression.getText();
}

function commentOf(node: ts.Node): string {
  const comment = ts.getJSDocCommentsAndTags(node).find((each) => ts.isJSDoc(each));
  return (ts.getTextOfJSDocComment(comment?.comment) ?? '').replaceAll(/\s*\n\s*/g, ' ');
}
