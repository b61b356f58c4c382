# shellcheck shell=bash
# Images for jobs, to be sourced. On the local cloud a site of pictures is made for them, which is there until the shell
# ends; elsewhere GD_IMAGES names them, separated by spaces.

# Sets GD_IMAGES if it is not set: serve_images SECONDS NAME..., SECONDS being how long the site takes for a picture.
serve_images() {
    local scripts seconds=$1 port address
    shift
    [[ ${AIL_CLOUD:-local} == local && -z ${GD_IMAGES:-} ]] || return 0
    scripts=$(dirname "${BASH_SOURCE[0]}")
    # An address of the documentation's networks would be refused as not public: this one is example.com's of old.
    address=93.184.215.14
    coproc SITE { exec "$scripts"/pictures "$seconds"; }
    read -r port <&"${SITE[0]}"
    curl --fail --silent --show-error --output /dev/null --data \
        "{\"address\": \"$address\", \"port\": 80, \"host_port\": $port}" "$AWS_ENDPOINT_URL"/ail-cloud/sites
    GD_IMAGES=$(printf "http://$address/%s.png " "$@")
}

# Sets GD_CANARY_IMAGE where GD_IMAGES names any or the cloud is local: no worker would fetch from the local cloud itself.
serve_canary() {
    serve_images 0 canary
    [[ -z ${GD_IMAGES:-} ]] || export GD_CANARY_IMAGE=${GD_IMAGES%% *}
}
