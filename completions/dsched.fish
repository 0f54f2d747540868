# fish completion of dsched. The program knows what may follow; this only translates.
function __dsched_complete
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -l current (commandline --current-token --cut-at-cursor)
    set -l answers ($words[1] __complete -- $words[2..] "$current" 2>/dev/null)
    test (count $answers) -gt 0; or return
    if test "$answers[-1]" = :files
        __fish_complete_path "$current"
    end
    # The lines have the form that fish wants: a value, a tab, a description.
    test (count $answers) -gt 1; and string join \n -- $answers[1..-2]
end
complete --command dsched --no-files --arguments '(__dsched_complete)'
