#!/bin/sh
# Create what a sign-in needs in a local AWS: a bucket, the SAML provider, and two roles.
#
#   sh localstack-setup.sh
#
# LocalStack runs this script when it is ready (docker-compose.yml). You can run it for any local AWS
# and repeat it: it updates what exists already.
#
#   AWS_ENDPOINT_URL    the address of the AWS (http://localhost:4566)
#   KEYCLOAK_URL        the address of Keycloak (http://localhost:8080/auth)
#   KEYCLOAK_PATIENCE   the seconds to wait for Keycloak's descriptor (60)
#   SAML_METADATA_FILE  the descriptor of another identity provider
#   AWS                 the AWS CLI (aws, else awslocal on PATH)
#
# It uses AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY (test) and AWS_REGION (us-east-1) if they are set.
# It neither reads nor writes profiles and credentials in files.
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

# These roles trust a test identity provider: never create them in a real account.
only_local="these roles are for a local AWS only. Run: AWS_ENDPOINT_URL=http://localhost:4566 sh localstack-setup.sh"
case $endpoint in
http://* | https://*) ;;
*) fail "AWS_ENDPOINT_URL cannot be used: it does not begin with http://, and $only_local" ;;
esac
authority=${endpoint#*://}
authority=${authority%%/*}
case $authority in
'[::1]:'*[!0-9]*) host= ;;
'[::1]' | '[::1]:'*) host=localhost ;;
*[!A-Za-z0-9_.:-]*) host= ;; # such as localhost@example.com, whose host is example.com
*) host=${authority%%:*} ;;
esac
case $host in
127.*[!0-9.]*) near=false ;; # 127.example.com
127.*) near=true ;;
[!A-Za-z]* | *.* | '') near=false ;; # 2130706433 is an address too
*) near=true ;;                      # localhost, or a container beside this one
esac
$near || fail "AWS_ENDPOINT_URL cannot be used: it is not on this machine, and $only_local"

case $patience in
*[!0-9]*) fail "KEYCLOAK_PATIENCE must be a number of seconds, not '$patience'. Run: KEYCLOAK_PATIENCE=60 sh localstack-setup.sh" ;;
esac

if [ -z "${AWS-}" ]; then
    AWS=aws
    command -v aws >/dev/null 2>&1 || AWS=awslocal
fi
command -v "$AWS" >/dev/null 2>&1 || {
    echo "localstack-setup.sh: The AWS CLI is not installed. See https://docs.aws.amazon.com/cli/ or run: AWS=/path/to/aws sh localstack-setup.sh" >&2
    exit 127
}

unset AWS_PROFILE AWS_DEFAULT_PROFILE
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
export AWS_EC2_METADATA_DISABLED=true AWS_PAGER=
if [ -z "${AWS_ACCESS_KEY_ID-}" ] || [ -z "${AWS_SECRET_ACCESS_KEY-}" ]; then
    unset AWS_SESSION_TOKEN AWS_SECURITY_TOKEN
    export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
fi
# Version 1 of the CLI reads only AWS_DEFAULT_REGION.
export AWS_DEFAULT_REGION="${AWS_REGION:-${AWS_DEFAULT_REGION:-us-east-1}}"
# A proxy would look for localhost on its own machine.
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY

# Version 2.9 of the CLI does not know AWS_ENDPOINT_URL.
at_aws() {
    "$AWS" "$@" --endpoint-url "$endpoint" --output text
}

# Run a call that must succeed, and print its output.
ask() {
    at_aws "$@" || refused "$1 $2"
}

refused() {
    fail "The AWS at $endpoint refused: $1. Check that it runs: docker compose up, or make stack"
}

# Fetch an address once, with a time limit; print the reason of a failure.
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
    [ -r "$descriptor" ] || fail "SAML_METADATA_FILE cannot be used: $descriptor is not readable."
    from=$descriptor
else
    descriptor=$fetched
    from=$keycloak/realms/aws/protocol/saml/descriptor
    deadline=$(($(date +%s) + patience))
    until reason=$(fetch "$from" "$descriptor" 2>&1); do
        [ "$(date +%s)" -lt "$deadline" ] ||
            fail "No descriptor from $from within $patience seconds${reason:+ ($reason)}. Start Keycloak (docker compose up keycloak, or make stack) and run: sh localstack-setup.sh"
        sleep 1
    done
fi
grep -q EntityDescriptor "$descriptor" ||
    fail "Not a SAML descriptor: $from. Run: SAML_METADATA_FILE=descriptor.xml sh localstack-setup.sh"

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

# Create or update a role: its name, the longest session in seconds.
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
    echo "Role ${provider_arn%:saml-provider/*}:role/$1, at most $2 seconds"
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
