# The function 'assume' for zsh. Printed by 'rolecall shell-init zsh'.

unalias assume 2>/dev/null || true

function assume {
    local __rolecall_lines
    __rolecall_lines=$(@rolecall@ __assume zsh "$@") || return
    eval "$__rolecall_lines"
}

_rolecall_assume() {
    local -a lines
    local current=${(Q)PREFIX}
    if [[ $current == -* ]]; then
        compadd -- --unset
        return
    fi
    lines=("${(@f)$(@rolecall@ __complete zsh --current=$current -- rolecall whoami 2>/dev/null)}")
    shift lines
    compadd -a lines
}

# Without compinit there are no completions.
if (( $+functions[compdef] )); then
    compdef _rolecall_assume assume
fi
