#compdef aws-saml-login aws
# Completion of aws-saml-login and `aws saml-login` in zsh, printed by: aws-saml-login completion zsh
# It starts no Python. Names come from files as text: none is expanded, and each is quoted.

@tables@
_asl_awk=@awk@

# Read the names of one kind into the array `names`.
_aws_saml_login_names() {
    local file=${AWS_CONFIG_FILE:-$HOME/.aws/config} kind=profile
    case $1 in
        (nicknames) kind=saml-idp ;;
        (roles) kind=roles file=${AWS_SAML_FOLDER:-$HOME/.aws/saml}/completions ;;
    esac
    names=(${(f)"$(ASL_KIND=$kind LC_ALL=C command awk $_asl_awk ${file/#\~\//$HOME/} 2>/dev/null)"})
}

_aws_saml_login_value() {
    local -a names
    case $_asl_kind in
        (profiles | nicknames | roles)
            _aws_saml_login_names $_asl_kind
            compadd -a names
            ;;
        (files)
            compset -P 'file://'
            _files
            ;;
        (tools)
            compadd -- ${=_asl_tools}
            _files
            ;;
        (\=*) compadd -- ${=_asl_kind#=} ;;
    esac
}

_aws_saml_login() {
    local verb='' kind='' operand='' word _asl_kind _asl_options _asl_operands
    local -i index=1 at=0
    local -a before
    before=("${(@Q)words[2,CURRENT-1]}")
    if [[ ${service:-${words[1]:t}} == aws ]]; then
        at=${before[(i)saml-login]}
        before[at]=()
    fi
    for word in "${before[@]}"; do
        if [[ -n $kind ]]; then
            kind=''
            continue
        fi
        case $word in
            (--)
                if [[ $verb == exec ]]; then
                    at=${words[(i)--]}
                    words=("${(@)words[at+1,-1]}")
                    ((CURRENT -= at))
                    _normal
                    return
                fi
                ;;
            (--*=*) ;;
            (-*)
                _aws_saml_login_kind $word
                [[ $_asl_kind == - ]] || kind=$_asl_kind
                ;;
            (*) if [[ -z $verb ]]; then verb=$word; else operand=$word; fi ;;
        esac
    done
    if [[ -n $kind ]]; then
        _asl_kind=$kind
        _aws_saml_login_value
    elif [[ $PREFIX == --*=* ]]; then
        _aws_saml_login_kind ${PREFIX%%=*}
        compset -P '*='
        _aws_saml_login_value
    elif [[ $PREFIX == -* ]]; then
        _aws_saml_login_options $verb
        compadd -- ${=_asl_options}
    elif [[ -z $verb ]]; then
        compadd -- ${=_asl_verbs}
    elif [[ -z $operand ]]; then
        _aws_saml_login_operands $verb
        compadd -- ${=_asl_operands}
    fi
}

# Complete `aws`: ours where `saml-login` is a word of the line, else as before.
_aws_saml_login_aws() {
    local program
    local -a names
    if ((${words[(I)saml-login]} > 1 && ${words[(I)saml-login]} < CURRENT)); then
        _aws_saml_login
        return
    fi
    if ((CURRENT == 2)); then
        compadd -- saml-login
    fi
    if [[ -n ${_asl_aws-} ]]; then
        eval $_asl_aws
        return
    fi
    program=${commands[aws_completer]:-/usr/libexec/aws_completer}
    [[ -x $program ]] || return
    names=("${words[1,CURRENT-1]} $PREFIX")
    names=("${(@f)$(COMP_LINE=$names COMP_POINT=${#names} $program 2>/dev/null)}")
    names=("${(@)${(@)names%% #}:#}")
    compadd -a names
}

if [[ ${funcstack[1]-} == _aws-saml-login ]]; then # loaded by its name, to complete something now
    if [[ ${service-} == aws ]]; then _aws_saml_login_aws; else _aws_saml_login; fi
elif ((${+functions[compdef]})); then
    if [[ ${_comps[aws]-} != (|_aws|_aws-saml-login|_aws_saml_login_aws) ]]; then
        typeset -g _asl_aws=${_comps[aws]}
    fi
    compdef _aws_saml_login aws-saml-login
    compdef _aws_saml_login_aws aws
fi
