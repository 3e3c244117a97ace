#compdef rolecall
# Completion of rolecall for zsh. Printed by 'rolecall completions zsh'.

_rolecall() {
    local -a lines
    local kind current=${(Q)PREFIX}
    lines=("${(@f)$(command rolecall __complete zsh --current=$current \
        -- "${(@Q)words[1,CURRENT-1]}" 2>/dev/null)}")
    kind=$lines[1]
    shift lines
    # A value behind its flag, as in --profile=my-role.
    [[ $current != --*=* ]] || compset -P 1 '--*='
    case $kind in
        values) compadd -a lines ;;
        described) _describe -t values value lines ;;
        partial) _describe -t values value lines -S '' ;;
        files) _files ;;
        directories) _files -/ ;;
        'command '*)
            local first=$(( ${kind#command } + 1 ))
            shift $(( first - 1 )) words
            (( CURRENT -= first - 1 ))
            _normal
            ;;
    esac
}

if [[ ${funcstack[1]} == _rolecall ]]; then
    _rolecall "$@"
else
    compdef _rolecall rolecall
fi
