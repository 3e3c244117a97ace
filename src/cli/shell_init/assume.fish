# The function 'assume' for fish. Printed by 'rolecall shell-init fish'.

function assume --description 'Switch this shell to an AWS profile'
    set -l lines (@rolecall@ __assume fish $argv)
    or return
    string join \n -- $lines | source
    # Erasing a variable that is not set leaves a status.
    true
end

function __rolecall_assume_complete
    @rolecall@ __complete fish "--current="(commandline -ct) -- rolecall whoami 2>/dev/null | tail -n +2
end

complete -c assume -f -a '(__rolecall_assume_complete)'
complete -c assume -l unset -d 'Undo it'
