import { parseSync, Visitor } from 'oxc-parser';

/** A declaration with `using` or `await using`. */
export interface UsingDeclaration {
  readonly keyword: 'using' | 'await using';
  /** From 1. */
  readonly line: number;
}

/** Finds every declaration with `using`, also in the head of a loop. */
export function findUsingDeclarations(fileName: string, source: string): UsingDeclaration[] {
  const found: UsingDeclaration[] = [];
  new Visitor({
    VariableDeclaration: ({ kind, start }) => {
      if (kind === 'using' || kind === 'await using') {
        found.push({ keyword: kind, line: source.slice(0, start).split('\n').length });
      }
    },
  }).visit(parseSync(fileName, source).program);
  return found;
}
