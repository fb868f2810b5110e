import { type CompletedCommand, optionsWithChoices, optionsWithValue } from './command-tree.ts';

/** A script for zsh that completes the program, with descriptions; it works as a file in `fpath` and when it is sourced. */
export function zshCompletion(program: string, commands: readonly CompletedCommand[]): string {
  const name = `_${program.replaceAll('-', '_')}`;
  const withValue = optionsWithValue(commands).join('|');
  return `#compdef ${program}
# zsh completion of ${program}
${name}() {
  local at= i word before=$words[CURRENT-1]
  local -a commands options
  for ((i = 2; i < CURRENT; i++)); do
    word=$words[i]
    case $word in
      (${withValue}) ((i += 1)) ;;
      (-*) ;;
      (*) case "$at $word" in
        (${commands
          .slice(1)
          .map(({ words }) => quote(` ${words.join(' ')}`))
          .join('|')}) at="$at $word" ;;
      esac ;;
    esac
  done
  if [[ $words[CURRENT] == --*=* ]]; then
    before=\${words[CURRENT]%%=*}
    compset -P '*='
  fi
  compset -P 'local:'
  case $before in
${optionsWithChoices(commands)
  .map(({ names, choices }) => `    (${names.join('|')}) compadd -- ${choices.join(' ')}; return ;;`)
  .join('\n')}
    (${withValue}) _files; return ;;
  esac
  case $at in
${commands.map(toCase).join('\n')}
  esac
  if [[ $words[CURRENT] == -* ]]; then
    _describe -o option options
  elif (( $#commands )); then
    _describe command commands
  else
    _files
  fi
}
if [[ $funcstack[1] == ${name} ]]; then
  ${name} "$@"
else
  compdef ${name} ${program}
fi
`;
}

function toCase({ words, commands, options }: CompletedCommand): string {
  const names = commands.map(({ name, description }) => describe(name, description));
  const ways = options.flatMap((option) => option.names.map((name) => describe(name, option.description)));
  return `    (${quote(words.map((word) => ` ${word}`).join(''))}) commands=(${names.join(' ')}) options=(${ways.join(' ')}) ;;`;
}

function describe(name: string, description: string): string {
  return quote(`${name.replaceAll(':', '\\:')}:${description}`);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
