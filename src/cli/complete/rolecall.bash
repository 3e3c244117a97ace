# Completion of rolecall for bash. Printed by 'rolecall completions bash'.

_rolecall() {
    # Words that bash takes apart (team:role) are told by the line as it was typed.
    local line kind="" offset action=""
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ -z $kind ]]; then
            kind=$line
        else
            COMPREPLY[${#COMPREPLY[@]}]=$line
        fi
    done < <(command rolecall __complete bash "--breaks=$COMP_WORDBREAKS" \
        "--current=${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
    case $kind in
        partial) compopt -o nospace 2>/dev/null ;;
        files) action=-f ;;
        directories) action=-d ;;
        command*)
            offset=1
            while [[ $offset -lt $COMP_CWORD && ${COMP_WORDS[offset]} != -- ]]; do
                offset=$((offset + 1))
            done
            if declare -F _command_offset >/dev/null; then
                _command_offset $((offset + 1))
            elif [[ $((offset + 1)) -eq $COMP_CWORD ]]; then
                action=-c
            else
                action=-f
            fi
            ;;
    esac
    [[ -n $action ]] || return 0
    [[ $action == -c ]] || compopt -o filenames 2>/dev/null
    while IFS= read -r line; do
        COMPREPLY[${#COMPREPLY[@]}]=$line
    done < <(compgen "$action" -- "$2")
}

complete -F _rolecall rolecall
