# Completion of aws-saml-login and `aws saml-login` in bash, printed by: aws-saml-login completion bash
# It starts no Python. Names come from files as text: none is expanded, and each is quoted.

@tables@
_asl_awk=@awk@

# Split the line before the cursor into words without their quotes.
_aws_saml_login_split() {
    local line=${COMP_LINE:0:COMP_POINT} i letter begun=
    _asl_words=() _asl_word='' _asl_quote=''
    for ((i = 0; i < ${#line}; i++)); do
        letter=${line:i:1}
        if [[ $_asl_quote ]]; then
            if [[ $letter == "$_asl_quote" ]]; then
                _asl_quote=''
            elif [[ $_asl_quote == '"' && $letter == \\ && ${line:i+1:1} == [\"\\\$\`] ]]; then
                _asl_word+=${line:$((++i)):1}
            else
                _asl_word+=$letter
            fi
            continue
        fi
        case $letter in
            \\) _asl_word+=${line:$((++i)):1} begun=1 ;;
            \' | \") _asl_quote=$letter begun=1 ;;
            [[:space:]])
                [[ $begun ]] && _asl_words+=("$_asl_word")
                _asl_word='' begun=
                ;;
            *) _asl_word+=$letter begun=1 ;;
        esac
    done
}

# Add the names of one kind that begin with what was typed, quoted as the line needs it.
_aws_saml_login_names() {
    local file=${AWS_CONFIG_FILE:-$HOME/.aws/config} kind=profile skipped='' - IFS=$'\n'
    case $1 in
        nicknames) kind=saml-idp ;;
        roles) kind=roles file=${AWS_SAML_FOLDER:-$HOME/.aws/saml}/completions ;;
    esac
    # The line editor replaces only what follows the last of these.
    if [[ ! $_asl_quote && $COMP_WORDBREAKS == *:* && $_asl_word == *:* ]]; then
        skipped=${_asl_typed%"${_asl_typed##*:}"}
    fi
    set -f # split at line ends, and nothing more: `mapfile` reads each byte of a pipe alone
    # shellcheck disable=SC2207
    COMPREPLY+=($(
        ASL_KIND=$kind ASL_TYPED=$_asl_typed ASL_QUOTING=${_asl_quote:-\\} ASL_SKIPPED=$skipped \
            LC_ALL=C command awk "$_asl_awk" "${file/#'~/'/$HOME/}" 2>/dev/null
    ))
}

# Add those words that begin with what was typed.
_aws_saml_login_add() {
    local word
    for word; do
        [[ $word == "$_asl_typed"* ]] && COMPREPLY+=("$word")
    done
}

_aws_saml_login_files() {
    local file before=''
    if [[ $_asl_typed == file://* ]]; then
        before=//
        [[ $COMP_WORDBREAKS == *:* ]] || before=file://
        _asl_typed=${_asl_typed#file://}
    else
        compopt -o filenames 2>/dev/null
    fi
    while IFS= read -r file; do
        if [[ $before ]]; then
            compopt -o nospace 2>/dev/null
            [[ -d $file ]] && file+=/
            printf -v file %q "$file"
        fi
        COMPREPLY+=("$before$file")
    done < <(compgen -f -- "$_asl_typed")
}

_aws_saml_login_value() {
    case $_asl_kind in
        profiles | nicknames | roles) _aws_saml_login_names "$_asl_kind" ;;
        files) _aws_saml_login_files ;;
        tools)
            _aws_saml_login_add $_asl_tools
            _aws_saml_login_files
            ;;
        =*) _aws_saml_login_add ${_asl_kind#=} ;;
    esac
}

# Complete the words behind the program and, below aws, behind `saml-login`.
_aws_saml_login_rest() {
    local verb='' kind='' word operand=''
    for word; do
        if [[ $kind ]]; then
            kind=''
            continue
        fi
        case $word in
            --) [[ $verb == exec ]] && break ;;
            --*=*) ;;
            -*)
                _aws_saml_login_kind "$word"
                [[ $_asl_kind == - ]] || kind=$_asl_kind
                ;;
            *) if [[ ! $verb ]]; then verb=$word; else operand=$word; fi ;;
        esac
    done
    _asl_typed=$_asl_word
    if [[ $kind ]]; then
        _asl_kind=$kind
        _aws_saml_login_value
    elif [[ $word == -- && $verb == exec ]]; then
        return 1
    elif [[ $_asl_word == --*=* ]]; then
        _aws_saml_login_kind "${_asl_word%%=*}"
        local whole=$_asl_word
        _asl_typed=${whole#*=}
        [[ $COMP_WORDBREAKS == *=* || $_asl_quote ]] && _asl_word=$_asl_typed
        _aws_saml_login_value
        if [[ $COMP_WORDBREAKS != *=* ]]; then
            COMPREPLY=("${COMPREPLY[@]/#/${whole%%=*}=}")
        fi
    elif [[ $_asl_word == -* ]]; then
        _aws_saml_login_options "$verb"
        _aws_saml_login_add $_asl_options
    elif [[ ! $verb ]]; then
        _aws_saml_login_add $_asl_verbs
    elif [[ ! $operand ]]; then
        _aws_saml_login_operands "$verb"
        _aws_saml_login_add $_asl_operands
    fi
    return 0
}

# Complete the command behind `exec --` as if it stood alone.
_aws_saml_login_command() {
    local start word rest=${COMP_LINE:0:COMP_POINT}
    for ((start = 1; start < COMP_CWORD; start++)); do
        [[ ${COMP_WORDS[start - 1]} == -- ]] && break
    done
    if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset "$start"
        return
    elif declare -F _command_offset >/dev/null; then
        _command_offset "$start"
        return
    fi
    for word in "${COMP_WORDS[@]:0:start}"; do
        rest=${rest#*"$word"}
    done
    rest=${rest#"${rest%%[![:space:]]*}"}
    COMP_WORDS=("${COMP_WORDS[@]:start}")
    local COMP_CWORD=$((COMP_CWORD - start)) COMP_LINE=$rest COMP_POINT=${#rest}
    word=${COMP_WORDS[COMP_CWORD]}
    if ((COMP_CWORD == 0)); then
        mapfile -t COMPREPLY < <(compgen -c -- "$word")
    elif [[ $(complete -p -- "${COMP_WORDS[0]}" 2>/dev/null) =~ -F\ ([^ ]+) ]]; then
        "${BASH_REMATCH[1]}" "${COMP_WORDS[0]}" "$word" "${COMP_WORDS[COMP_CWORD - 1]}"
    else
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    fi
}

_aws_saml_login() {
    local IFS=$' \t\n' _asl_words _asl_word _asl_quote _asl_typed _asl_kind _asl_options _asl_operands
    COMPREPLY=()
    _aws_saml_login_split
    local index words=("${_asl_words[@]:1}")
    if [[ ${1##*/} == aws ]]; then
        for index in "${!words[@]}"; do
            if [[ ${words[index]} == saml-login ]]; then
                unset "words[index]"
                break
            fi
        done
    fi
    _aws_saml_login_rest "${words[@]}" || _aws_saml_login_command
}

# Complete `aws`: ours where `saml-login` is a word of the line, else as before.
_aws_saml_login_aws() {
    local _asl_words _asl_word _asl_quote word
    _aws_saml_login_split
    for word in "${_asl_words[@]:1}"; do
        if [[ $word == saml-login ]]; then
            _aws_saml_login "$@"
            return
        fi
    done
    if [[ $_asl_aws_function ]]; then
        "$_asl_aws_function" "$@"
        return
    fi
    [[ $_asl_aws_program ]] || _asl_aws_program=$(type -P aws_completer)
    if [[ $_asl_aws_program ]]; then
        word=${COMP_LINE%%[![:space:]]*} # left over where the line begins with another command
        mapfile -t COMPREPLY < <(
            COMP_LINE=${COMP_LINE#"$word"} COMP_POINT=$((COMP_POINT - ${#word})) \
                "$_asl_aws_program" "$@" 2>/dev/null
        )
    fi
    if ((${#_asl_words[@]} == 1)) && [[ saml-login == "$_asl_word"* ]]; then
        COMPREPLY+=(saml-login)
    fi
}

# What completes `aws` already: the system's own file, if nothing was set by hand.
_aws_saml_login_before() {
    local spec folder IFS=:
    spec=$(complete -p aws 2>/dev/null)
    if [[ ! $spec ]]; then
        for folder in ${XDG_DATA_DIRS:-/usr/local/share:/usr/share}; do
            if [[ -r $folder/bash-completion/completions/aws ]]; then
                # shellcheck disable=SC1091 # the system's
                source "$folder/bash-completion/completions/aws"
                spec=$(complete -p aws 2>/dev/null)
                break
            fi
        done
    fi
    if [[ $spec == *_aws_saml_login_aws* ]]; then
        return
    fi
    _asl_aws_program='' _asl_aws_function=''
    if [[ $spec =~ -F\ ([^ ]+) ]]; then
        _asl_aws_function=${BASH_REMATCH[1]}
    elif [[ $spec =~ -C\ \'?([^\' ]+) ]]; then
        _asl_aws_program=${BASH_REMATCH[1]}
    fi
}

_aws_saml_login_before
complete -F _aws_saml_login aws-saml-login
complete -F _aws_saml_login_aws aws
