import { type CompletedCommand, optionsWithChoices, optionsWithValue } from './command-tree.ts';

/** A script for bash that completes the program; words are file names where no command or option can stand. */
export function bashCompletion(program: string, commands: readonly CompletedCommand[]): string {
  const name = `_${program.replaceAll('-', '_')}`;
  const withValue = optionsWithValue(commands);
  const withChoices = optionsWithChoices(commands);
  return `# bash completion of ${program}
${name}() {
  local at= i word commands= options=
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]}
  # --in=events comes as three words.
  if [[ $current == = ]]; then
    current=
  elif [[ $before == = ]]; then
    before=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case $word in
      ${alternatives(withValue)}) ((i += 1)) ;;
      -*) ;;
      *) case "$at $word" in
        ${alternatives(commands.slice(1).map(({ words }) => quote(` ${words.join(' ')}`)))}) at="$at $word" ;;
      esac ;;
    esac
  done
  case $before in
${withChoices
  .map(({ names, choices }) => `    ${alternatives(names)}) COMPREPLY=($(compgen -W ${quote(choices.join(' '))} -- "$current")); return ;;`)
  .join('\n')}
    ${alternatives(withValue)}) COMPREPLY=(); return ;;
  esac
  case $at in
${commands.map(toCase).join('\n')}
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  else
    COMPREPLY=($(compgen -W "$commands" -- "$current"))
  fi
}
complete -o default -F ${name} ${program}
`;
}

function toCase({ words, commands, options }: CompletedCommand): string {
  const at = quote(words.map((word) => ` ${word}`).join(''));
  const names = commands.map(({ name }) => name).join(' ');
  return `    ${at}) commands=${quote(names)} options=${quote(options.flatMap((option) => option.names).join(' '))} ;;`;
}

function alternatives(words: readonly string[]): string {
  return words.join(' | ');
}

function quote(text: string): string {
  return `'${text}'`;
}
