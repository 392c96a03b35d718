# Completion of aws-saml-login and `aws saml-login` in fish, printed by: aws-saml-login completion fish
# It starts no Python. Names come from files as text: none is expanded, and fish quotes each.

@tables@
set -g __aws_saml_login_awk @awk@

# Print the names of one kind.
function __aws_saml_login_names
    set -l file $HOME/.aws/config
    set -l folder $HOME/.aws/saml
    test -n "$AWS_CONFIG_FILE"
    and set file $AWS_CONFIG_FILE
    test -n "$AWS_SAML_FOLDER"
    and set folder $AWS_SAML_FOLDER
    set -l kind profile
    switch $argv[1]
        case nicknames
            set kind saml-idp
        case roles
            set kind roles
            set file $folder/completions
    end
    ASL_KIND=$kind LC_ALL=C command awk $__aws_saml_login_awk \
        (string replace -r '^~/' $HOME/ -- $file) 2>/dev/null
end

# Print the files that begin with what was typed, in whatever quotes.
function __aws_saml_login_files
    set -l typed (commandline -ct | string replace -r '^--[^=]*=' '')
    if string match -qr '[\'"]' -- $typed
        for quote in '' "'" '"'
            set -l plain (string unescape -- "$typed$quote")
            and set typed (string escape -n -- $plain)
            and break
        end
    end
    set -l before ''
    if string match -q -- 'file://*' $typed
        set before file://
        set typed (string sub -s 8 -- $typed)
    end
    for file in (complete -C "'' $typed" | string replace -r '\t.*' '')
        echo $before$file
    end
end

function __aws_saml_login_value
    switch $argv[1]
        case profiles nicknames roles
            __aws_saml_login_names $argv[1]
        case files
            __aws_saml_login_files
        case tools
            printf '%s\n' $__aws_saml_login_tools
            __aws_saml_login_files
        case '=*'
            string split ' ' -- (string sub -s 2 -- $argv[1])
    end
end

# Succeed where `saml-login` is a word before the cursor.
function __aws_saml_login_below_aws
    set -l before (commandline -opc)
    contains -- saml-login $before[2..-1]
end

function __aws_saml_login_complete
    set -l before (commandline -opc)
    set -l typed (commandline -ct)
    set -e before[1]
    if test "$argv[1]" = aws
        set -l at (contains -i -- saml-login $before)
        and set -e before[$at]
    end
    set -l verb ''
    set -l kind ''
    set -l operand ''
    set -l index 0
    for word in $before
        set index (math $index + 1)
        if test -n "$kind"
            set kind ''
            continue
        end
        switch $word
            case --
                if test "$verb" = exec
                    set -l command (string escape -- $before[(math $index + 1)..-1])
                    complete -C "$command $typed"
                    return
                end
            case '--*=*'
            case '-*'
                set kind (__aws_saml_login_kind $word)
                test "$kind" = -
                and set kind ''
            case '*'
                if test -z "$verb"
                    set verb $word
                else
                    set operand $word
                end
        end
    end
    if test -n "$kind"
        __aws_saml_login_value $kind
    else if string match -q -- '--*=*' $typed
        set -l option (string split -m 1 = -- $typed)[1]
        for value in (__aws_saml_login_value (__aws_saml_login_kind $option))
            echo $option=$value
        end
    else if string match -q -- '-*' $typed
        __aws_saml_login_options $verb
    else if test -z "$verb"
        __aws_saml_login_verbs
    else if test -z "$operand"
        __aws_saml_login_operands $verb
    end
end

if test -r $__fish_data_dir/completions/aws.fish
    source $__fish_data_dir/completions/aws.fish
end
set -l others (complete -c aws | string match -v -- '*__aws_saml_login*')
complete -e -c aws
for line in $others
    eval $line "-n 'not __aws_saml_login_below_aws'"
end
complete -c aws -n __aws_saml_login_below_aws -f -a '(__aws_saml_login_complete aws)'
complete -c aws -n '__fish_is_nth_token 1' -f -a saml-login -d 'sign in by SAML'
complete -c aws-saml-login -e
complete -c aws-saml-login -f -a '(__aws_saml_login_complete)'
