// What a shell needs to ask `luaskills complete`. Its answer is a line that says what is meant (words, files or folders),
// then one line for each word, a tab and what it is about behind it. $1 and the like name the program as it was typed.

export const shells = ["bash", "zsh", "fish"] as const;

export type Shell = (typeof shells)[number];

export const scripts: { readonly [Name in Shell]: string } = {
  bash: `# luaskills completion bash
_luaskills() {
  local kind line
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ -z $kind ]]; then kind=$line; else COMPREPLY+=("\${line%%$'\\t'*}"); fi
  done < <("$1" complete bash -- "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
  case $kind in
    files) compopt -o default ;;
    folders) compopt -o default -o dirnames ;;
    *) if [[ \${COMPREPLY[0]} == *= ]]; then compopt -o nospace; fi ;;
  esac
}
complete -F _luaskills luaskills
`,
  zsh: `#compdef luaskills
# luaskills completion zsh
_luaskills() {
  local -a lines about
  local line
  lines=("\${(@f)$("\${words[1]}" complete zsh -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  case \${lines[1]} in
    files) compset -P '*='; _files ;;
    folders) compset -P '*='; _files -/ ;;
    words)
      for line in "\${(@)lines[2,-1]}"; do
        about+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
      done
      if [[ \${lines[2]} == *=$'\\t'* ]]; then
        _describe -t words luaskills about -S ''
      else
        _describe -t words luaskills about
      fi
      ;;
  esac
}
compdef _luaskills luaskills
`,
  fish: `# luaskills completion fish
function __luaskills_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l lines ($words[1] complete fish -- $words[2..-1] $current 2>/dev/null)
    switch "$lines[1]"
        case files
            __fish_complete_path $current
        case folders
            __fish_complete_directories $current
        case words
            printf '%s\\n' $lines[2..-1]
    end
end
complete -c luaskills -f -a '(__luaskills_complete)'
`,
};

/** How to have it in every new shell. */
export const instructions: { readonly [Name in Shell]: string } = {
  bash: "source <(luaskills completion bash)                                # in ~/.bashrc",
  zsh: "source <(luaskills completion zsh)                                 # in ~/.zshrc, after compinit",
  fish: "luaskills completion fish > ~/.config/fish/completions/luaskills.fish",
};
