# Completion of aws-saml-login and `aws saml-login` in bash, printed by: aws-saml-login completion bash
# It starts no Python. Names come from files as text: none is expanded, and each is quoted.

@tables@
_asl_awk='@awk@'

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

# Add the names of one kind that begin with what was typed.
_aws_saml_login_names() {
    local file=${AWS_CONFIG_FILE:-$HOME/.aws/config} kind=profile names
    case $1 in
        nicknames) kind=saml-idp ;;
        roles) kind=roles file=${AWS_SAML_FOLDER:-$HOME/.aws/saml}/completions ;;
    esac
    mapfile -t names < <(
        ASL_KIND=$kind ASL_TYPED=$_asl_typed LC_ALL=C \
            command awk "$_asl_awk" "${file/#'~/'/$HOME/}" 2>/dev/null
    )
    ((${#names[@]})) && _aws_saml_login_quote "${names[@]}"
}

# Add those words that begin with what was typed.
_aws_saml_login_add() {
    local word found=()
    for word; do
        [[ $word == "$_asl_typed"* ]] && found+=("$word")
    done
    ((${#found[@]})) && _aws_saml_login_quote "${found[@]}"
}

# Add words, quoted as the line needs it.
_aws_saml_login_quote() {
    local done='' words text
    # The line editor replaces only what follows the last of these.
    if [[ ! $_asl_quote && $COMP_WORDBREAKS == *:* && $_asl_word == *:* ]]; then
        done=${_asl_typed%"${_asl_typed##*:}"}
    fi
    words=("${@#"$done"}")
    case $_asl_quote in
        \')
            for text in "${words[@]}"; do
                [[ $text == *\'* ]] || COMPREPLY+=("$text")
            done
            ;;
        \")
            words=("${words[@]//\\/\\\\}") && words=("${words[@]//\"/\\\"}")
            words=("${words[@]//\$/\\\$}") && words=("${words[@]//\`/\\\`}")
            COMPREPLY+=("${words[@]}")
            ;;
        *)
            printf -v text '%q\n' "${words[@]}"
            mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY <<<"${text%$'\n'}"
            ;;
    esac
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
    local index
    for ((index = 1; index < COMP_CWORD; index++)); do
        [[ ${COMP_WORDS[index]} == -- ]] && break
    done
    if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset $((index + 1))
    elif declare -F _command_offset >/dev/null; then
        _command_offset $((index + 1))
    elif ((COMP_CWORD == index + 1)); then
        mapfile -t COMPREPLY < <(compgen -c -- "${COMP_WORDS[COMP_CWORD]}")
    else
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
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
        export COMP_LINE COMP_POINT
        mapfile -t COMPREPLY < <("$_asl_aws_program" "$@" 2>/dev/null)
        export -n COMP_LINE COMP_POINT
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
