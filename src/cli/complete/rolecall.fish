# Completion of rolecall for fish. Printed by 'rolecall completions fish'.

function __rolecall_complete
    set -l current (commandline -ct)
    set -l before (commandline -opc)
    set -l lines (command rolecall __complete fish "--current=$current" -- $before 2>/dev/null)
    switch "$lines[1]"
        case files directories
            set -l flag (string match -r -- '^--[^=]*=' $current)
            set -l path (string replace -r -- '^--[^=]*=' '' $current)
            set -l found
            if test $lines[1] = files
                set found (__fish_complete_path $path)
            else
                set found (__fish_complete_directories $path)
            end
            printf "$flag%s\n" $found
        case 'command *'
            set -l first (math 1 + (string replace 'command ' '' $lines[1]))
            set -l rest
            test $first -gt (count $before); or set rest (string escape -- $before[$first..-1])
            complete -C "$rest $current"
        case '*'
            string join \n -- $lines[2..-1]
    end
end

complete -c rolecall -f -a '(__rolecall_complete)'
