# shellcheck shell=bash
# The settings of the pipelines, to be sourced from the root of the repository. What is set already stays.
#
#   AIL_CLOUD             local (default) or aws
#   AIL_ASSET_ID          what is released                       [ai-lab-dev on the local cloud]
#   AIL_DEFAULT_PASSWORD  the password of the released image     [set on the local cloud]
#   AIL_PUBLISH           yes: everybody may launch the image, once its exports are complete  [no]
#   AIL_SIGNING_KEY_FILE, AIL_SIGNING_KEY    the secret key of the signature   [made on the local cloud, else unsigned]
#   AIL_SSH_CIDR          who may reach the instance             [this machine]
#   AIL_SOURCE_NAME, AIL_SOURCE_OWNER   the image to start from  [Debian 12 on the local cloud, else Ubuntu 22.04]
#   GD_JOBS               how many jobs a new worker of a GameDay takes at a time  [1]
#   GD_IMAGES, GD_LOAD_…  what the jobs of a GameDay are made of (scripts/first-job, scripts/load)
#   AIL_BRANCH            what `release-build` releases           [the branch that is checked out]
#   AIL_REPOSITORY        what the builds of CodeBuild build      [this clone on the local cloud]
#   AIL_SOURCE_SECRET, AIL_PASSWORD_SECRET, AIL_SIGNING_SECRET   ARNs of their secrets: GitHub's token, the password of
#                         the first login, the secret key of the signature
#   AIL_ALLOWED_IPV4, AIL_ALLOWED_IPV6       ranges that download without a CAPTCHA  [this machine on the local cloud]
#   AIL_OUT               where records and bills of materials are kept  [out]

set -euo pipefail

# Only what signs gets these (`signer` in the justfile): not pip, not Ansible, nor what else runs on the way.
export -n AIL_SIGNING_KEY AIL_SIGNING_PASSWORD
# A variable that is set to nothing is not set.
[[ -n ${AIL_SIGNING_KEY_FILE:-} ]] || unset AIL_SIGNING_KEY_FILE

export AIL_OUT=${AIL_OUT:-out}
out=$AIL_OUT
mkdir -p "$out"

PATH=$CARGO_TARGET_DIR/debug:$(scripts/venv)/bin:$PATH
export PATH

case ${AIL_CLOUD:-local} in
    local)
        export AIL_REPOSITORY=${AIL_REPOSITORY:-https://github.com/example/ail-tools}
        export AIL_CLOUD_SOURCES=${AIL_CLOUD_SOURCES:-$AIL_REPOSITORY=$PWD}
        scripts/cloud up
        # Whoever has taken a role of this cloud, as a build has, stays in it; everybody else is the account itself.
        session=("${AWS_SESSION_TOKEN:+${AWS_ENDPOINT_URL:-}}" "${AWS_ACCESS_KEY_ID:-}" "${AWS_SECRET_ACCESS_KEY:-}")
        eval "$(scripts/cloud env)"
        unset AWS_PROFILE
        if [[ ${session[0]} == "$AWS_ENDPOINT_URL" ]]; then
            export AWS_ACCESS_KEY_ID=${session[1]} AWS_SECRET_ACCESS_KEY=${session[2]}
        else
            unset AWS_SESSION_TOKEN
        fi
        export AIL_ASSET_ID=${AIL_ASSET_ID:-ai-lab-dev}
        export AIL_DEFAULT_PASSWORD=${AIL_DEFAULT_PASSWORD:-ai-lab-first-login}
        [[ -n ${AIL_SIGNING_KEY:-} ]] || export AIL_SIGNING_KEY_FILE=${AIL_SIGNING_KEY_FILE:-$out/signing.key}
        export AIL_SSH_CIDR=${AIL_SSH_CIDR:-127.0.0.1/32}
        # The edges of this cloud are asked from this machine alone.
        export AIL_ALLOWED_IPV4=${AIL_ALLOWED_IPV4:-127.0.0.1/32}
        export AIL_SOURCE_NAME=${AIL_SOURCE_NAME:-debian-12-amd64-*}
        export AIL_SOURCE_OWNER=${AIL_SOURCE_OWNER:-136693071363}
        ;;
    aws)
        if [[ ${pipeline:-release} == release ]]; then
            : "${AIL_ASSET_ID:?set AIL_ASSET_ID to what is released, such as ai-lab-5.0.0}"
            : "${AIL_DEFAULT_PASSWORD:?set AIL_DEFAULT_PASSWORD to the password of the first login}"
        fi
        if [[ ${pipeline:-release} == deploy ]]; then
            : "${AIL_REPOSITORY:?set AIL_REPOSITORY to what is built, such as https://github.com/OWNER/REPOSITORY}"
        fi
        # AWS's own answer to "where do I come from".
        export AIL_SSH_CIDR=${AIL_SSH_CIDR:-$(curl --fail --silent --show-error https://checkip.amazonaws.com)/32}
        ;;
    *)
        echo "AIL_CLOUD is '$AIL_CLOUD'; expected local or aws" >&2
        exit 2
        ;;
esac
