import { type Expression, parseSync, Visitor } from 'oxc-parser';

/** How a file names another module; `type` is an import that leaves nothing at run time. */
export type ReferenceKind = 'static' | 'type' | 'dynamic' | 're-export' | 'require';

/** One place where a file names another module. */
export interface ModuleReference {
  readonly kind: ReferenceKind;
  /** Undefined where the name is computed. */
  readonly specifier: string | undefined;
  /** From 1. */
  readonly line: number;
}

/** What a source file names, and what could not be parsed. */
export interface FileReferences {
  readonly references: readonly ModuleReference[];
  /** Empty for a file that parses. */
  readonly syntaxErrors: readonly { readonly message: string; readonly line: number }[];
}

/**
 * Finds every module a file names, whichever syntax it uses.
 *
 * The syntax tree is read instead of oxc's module record, which leaves out `export {} from`, `import('x').T`, `import x = require()`,
 * `declare module`, `require()` and `/// <reference types>`.
 */
export function findReferences(fileName: string, source: string): FileReferences {
  const { program, comments, errors } = parseSync(fileName, source);
  const references: ModuleReference[] = [];
  const add = (kind: ReferenceKind, specifier: string | undefined, offset: number): void => {
    references.push({ kind, specifier, line: lineAt(source, offset) });
  };
  new Visitor({
    ImportDeclaration: (node) => add(node.importKind === 'type' ? 'type' : 'static', node.source.value, node.source.start),
    ExportAllDeclaration: (node) => add('re-export', node.source.value, node.source.start),
    ExportNamedDeclaration: (node) => node.source && add('re-export', node.source.value, node.source.start),
    ImportExpression: (node) => add('dynamic', literalOf(node.source), node.source.start),
    TSImportType: (node) => add('type', node.source.value, node.source.start),
    TSExternalModuleReference: (node) => add('require', node.expression.value, node.expression.start),
    TSModuleDeclaration: (node) => node.id.type === 'Literal' && add('type', node.id.value, node.id.start),
    CallExpression: ({ callee, arguments: [argument] }) => {
      if (callee.type === 'Identifier' && callee.name === 'require' && argument !== undefined && argument.type !== 'SpreadElement') {
        add('require', literalOf(argument), argument.start);
      }
    },
  }).visit(program);
  for (const { value, start } of comments) {
    const types = /^\/\s*<reference\s+types=["'](?<types>[^"']+)["']/.exec(value)?.groups?.['types'];
    if (types !== undefined) {
      add('type', types, start);
    }
  }
  const syntaxErrors = errors.map(({ message, labels }) => ({ message, line: lineAt(source, labels[0]?.start ?? 0) }));
  return { references, syntaxErrors };
}

function literalOf(node: Expression): string | undefined {
  if (node.type === 'Literal' && typeof node.value === 'string') {
    return node.value;
  }
  return node.type === 'TemplateLiteral' && node.expressions.length === 0 ? (node.quasis[0]?.value.cooked ?? undefined) : undefined;
}

function lineAt(source: string, offset: number): number {
  return source.slice(0, offset).split('\n').length;
}
