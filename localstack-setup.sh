#!/bin/sh
# Make what sign-ins need in a local AWS: a bucket, the identity provider, and two roles for it.
#
#   sh localstack-setup.sh
#
# LocalStack runs it when it is ready (docker-compose.yml). By hand it does the same at any local
# address, as often as you like: what is there already is brought up to date.
#
#   AWS_ENDPOINT_URL    the AWS (http://localhost:4566)
#   KEYCLOAK_URL        Keycloak (http://localhost:8080/auth)
#   KEYCLOAK_PATIENCE   how many seconds its descriptor is waited for (60)
#   SAML_METADATA_FILE  the descriptor of another identity provider, instead of Keycloak's
#   AWS                 the AWS CLI (aws, else awslocal, as found on PATH)
#
# AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (test), and AWS_REGION (us-east-1), count where they
# are set. Profiles and credentials in files are neither read nor written.
set -eu

bucket=example-bucket
provider=SamlExampleProvider
audience=https://signin.aws.amazon.com/saml

fail() {
    echo "localstack-setup.sh: $1" >&2
    exit 1
}

endpoint=${AWS_ENDPOINT_URL:-http://localhost:4566}
keycloak=${KEYCLOAK_URL:-http://localhost:8080/auth}
patience=${KEYCLOAK_PATIENCE:-60}

# Whoever federates may become what these roles allow: not in an account that somebody uses.
only_local="these roles are for a local AWS only. Type: AWS_ENDPOINT_URL=http://localhost:4566 sh localstack-setup.sh"
case $endpoint in
http://* | https://*) ;;
*) fail "AWS_ENDPOINT_URL is not usable: it does not begin with http://, and $only_local" ;;
esac
authority=${endpoint#*://}
authority=${authority%%/*}
case $authority in
'[::1]:'*[!0-9]*) host= ;;
'[::1]' | '[::1]:'*) host=localhost ;;
*[!A-Za-z0-9_.:-]*) host= ;; # such as localhost@example.com, where the host is the second
*) host=${authority%%:*} ;;
esac
case $host in
127.*[!0-9.]*) near=false ;; # 127.example.com
127.*) near=true ;;
[!A-Za-z]* | *.* | '') near=false ;; # 2130706433 is an address too
*) near=true ;;                      # localhost, or a container beside this one
esac
$near || fail "AWS_ENDPOINT_URL is not usable: it is not on this machine, and $only_local"

case $patience in
*[!0-9]*) fail "KEYCLOAK_PATIENCE is not usable: '$patience' is not a number of seconds. Type: KEYCLOAK_PATIENCE=60 sh localstack-setup.sh" ;;
esac

if [ -z "${AWS-}" ]; then
    AWS=aws
    command -v aws >/dev/null 2>&1 || AWS=awslocal
fi
command -v "$AWS" >/dev/null 2>&1 || {
    echo "localstack-setup.sh: The AWS CLI is not installed. See https://docs.aws.amazon.com/cli/ or name it: AWS=/path/to/aws sh localstack-setup.sh" >&2
    exit 127
}

unset AWS_PROFILE AWS_DEFAULT_PROFILE
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
export AWS_EC2_METADATA_DISABLED=true AWS_PAGER=
if [ -z "${AWS_ACCESS_KEY_ID-}" ] || [ -z "${AWS_SECRET_ACCESS_KEY-}" ]; then
    unset AWS_SESSION_TOKEN AWS_SECURITY_TOKEN
    export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
fi
# Version 1 of the CLI reads the second name only.
export AWS_DEFAULT_REGION="${AWS_REGION:-${AWS_DEFAULT_REGION:-us-east-1}}"
# Both servers are near, and a proxy would look for localhost on a machine of its own.
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY

# Version 2.9 of the CLI does not know AWS_ENDPOINT_URL.
at_aws() {
    "$AWS" "$@" --endpoint-url "$endpoint" --output text
}

# A call that has to succeed; what it answers is printed.
ask() {
    at_aws "$@" || refused "$1 $2"
}

refused() {
    fail "The AWS at $endpoint did not take: $1. Does it run? Type: docker compose up, or make stack"
}

# Each tries once, for a bounded time, and prints why it failed where it can tell.
fetch() {
    if command -v curl >/dev/null 2>&1; then
        curl -fsS --max-time 5 -o "$2" "$1"
    elif command -v python3 >/dev/null 2>&1; then
        python3 -c '
import sys, urllib.request
try:
    with urllib.request.urlopen(sys.argv[1], timeout=5) as answer, open(sys.argv[2], "wb") as file:
        file.write(answer.read())
except OSError as error:
    sys.exit(str(error))' "$1" "$2"
    else
        wget -q -t 1 -T 5 -O "$2" "$1"
    fi
}

fetched=$(mktemp)
trap 'rm -f "$fetched"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [ -n "${SAML_METADATA_FILE-}" ]; then
    descriptor=$SAML_METADATA_FILE
    [ -r "$descriptor" ] || fail "SAML_METADATA_FILE is not usable: $descriptor cannot be read."
    from=$descriptor
else
    descriptor=$fetched
    from=$keycloak/realms/aws/protocol/saml/descriptor
    deadline=$(($(date +%s) + patience))
    until reason=$(fetch "$from" "$descriptor" 2>&1); do
        [ "$(date +%s)" -lt "$deadline" ] ||
            fail "No descriptor came from $from within $patience seconds${reason:+ ($reason)}. Start Keycloak (docker compose up keycloak, or make stack) and type: sh localstack-setup.sh"
        sleep 1
    done
fi
grep -q EntityDescriptor "$descriptor" ||
    fail "This is no SAML descriptor: $from. Name one: SAML_METADATA_FILE=descriptor.xml sh localstack-setup.sh"

provider_arn=$(ask iam list-saml-providers \
    --query "SAMLProviderList[?ends_with(Arn, ':saml-provider/$provider')].Arn")
case $provider_arn in
arn:*)
    ask iam update-saml-provider --saml-provider-arn "$provider_arn" \
        --saml-metadata-document "file://$descriptor" >/dev/null
    ;;
*)
    provider_arn=$(ask iam create-saml-provider --name "$provider" \
        --saml-metadata-document "file://$descriptor" --query SAMLProviderArn)
    ;;
esac
echo "SAML provider $provider_arn, from $from"

trust=$(
    cat <<END
{"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow",
    "Principal": {"Federated": "$provider_arn"},
    "Action": "sts:AssumeRoleWithSAML",
    "Condition": {"StringEquals": {"SAML:aud": "$audience"}}
}]}
END
)

# A role for the people of the provider: its name, the seconds that a session may last.
role() {
    if ! error=$(at_aws iam create-role --role-name "$1" --max-session-duration "$2" \
        --assume-role-policy-document "$trust" 2>&1 >/dev/null); then
        case $error in
        *EntityAlreadyExists*)
            ask iam update-assume-role-policy --role-name "$1" --policy-document "$trust" >/dev/null
            ask iam update-role --role-name "$1" --max-session-duration "$2" >/dev/null
            ;;
        *)
            echo "$error" >&2
            refused "iam create-role"
            ;;
        esac
    fi
    echo "Role ${provider_arn%:saml-provider/*}:role/$1, for $2 seconds at most"
}

role Role.User 3600
role Role.Admin 14400

if ! error=$(at_aws s3 mb "s3://$bucket" 2>&1 >/dev/null); then
    case $error in
    *BucketAlreadyOwnedByYou* | *BucketAlreadyExists*) ;;
    *)
        echo "$error" >&2
        refused "s3 mb"
        ;;
    esac
fi
echo "Bucket $bucket"
