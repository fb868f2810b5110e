import { type CompletedCommand, type CompletedOption, optionsWithValue } from './command-tree.ts';

/** A script for fish that completes the program, with descriptions. */
export function fishCompletion(program: string, commands: readonly CompletedCommand[]): string {
  const name = `__${program.replaceAll('-', '_')}_at`;
  const known = commands.slice(1).map(({ words }) => quote(` ${words.join(' ')}`));
  return `# fish completion of ${program}
function ${name} --description 'Whether the words before the cursor name this command'
    set -l at ''
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
        else if contains -- $word ${optionsWithValue(commands).join(' ')}
            set skip 1
        else if not string match -q -- '-*' $word; and contains -- "$at $word" ${known.join(' ')}
            set at "$at $word"
        end
    end
    test "$at" = "$argv[1]"
end
${commands.flatMap((command) => toLines(program, `${name} ${quote(command.words.map((word) => ` ${word}`).join(''))}`, command)).join('\n')}
`;
}

function toLines(program: string, condition: string, { commands, options }: CompletedCommand): readonly string[] {
  const begin = `complete -c ${program} -n ${quote(condition)}`;
  return [
    ...commands.map(({ name, description }) => `${begin} -f -a ${name} -d ${quote(description)}`),
    ...options.map((option) => `${begin} ${toFlags(option)} -d ${quote(option.description)}`),
  ];
}

function toFlags({ names, takesValue, choices }: CompletedOption): string {
  const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const value = choices.length > 0 ? [`-x -a ${quote(choices.join(' '))}`] : takesValue ? ['-r'] : [];
  return [...flags, ...value].join(' ');
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
