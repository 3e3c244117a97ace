# The function 'assume' for bash. Printed by 'rolecall shell-init bash'.

unalias assume 2>/dev/null || true

function assume {
    local __rolecall_lines
    __rolecall_lines=$(@rolecall@ __assume bash "$@") || return
    eval "$__rolecall_lines"
}

_rolecall_assume() {
    # Names that bash takes apart (team:role) are told by the line as it was typed.
    local line kind="" typed=${COMP_LINE:0:COMP_POINT}
    COMPREPLY=()
    if [[ ${COMP_WORDS[COMP_CWORD]} == -* ]]; then
        while IFS= read -r line; do
            COMPREPLY[${#COMPREPLY[@]}]=$line
        done < <(compgen -W --unset -- "${COMP_WORDS[COMP_CWORD]}")
        return 0
    fi
    while IFS= read -r line; do
        if [[ -z $kind ]]; then
            kind=$line
        else
            COMPREPLY[${#COMPREPLY[@]}]=$line
        fi
    done < <(@rolecall@ __complete bash "--breaks=$COMP_WORDBREAKS" \
        "--current=rolecall whoami ${typed#*assume}" 2>/dev/null)
}

complete -F _rolecall_assume assume
