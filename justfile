# The pipelines of ail-tools. Run them by `scripts/just RECIPE`, which installs what is missing first.
#
# AIL_CLOUD=local (the default) runs them on the local cloud, where nothing costs money; AIL_CLOUD=aws runs the very
# same lines on the account of the AWS environment. scripts/environment.bash lists the other settings.

set shell := ["bash", "-euo", "pipefail", "-c"]

export CARGO_TARGET_DIR := env("CARGO_TARGET_DIR", justfile_directory() / "target")
tools := "ail-ami ail-assets ail-build ail-export ail-notes ail-provision ail-stack ail-tag gd-attack gd-fleet gd-queue gd-vpc gd-worker"

[private]
default:
    @just --list --unsorted

# From a public Linux image to VM images in a private bucket
release: build
    #!/usr/bin/env bash
    source scripts/pipeline.bash
    source scripts/environment.bash

    # The secret key is no longer in the environment, and gets to these alone.
    signer() {
        AIL_SIGNING_KEY=${AIL_SIGNING_KEY:-} AIL_SIGNING_PASSWORD=${AIL_SIGNING_PASSWORD:-} ail-export "$@"
    }
    release() {
        ail-ami find \
            | tee "$out"/source.json \
            | ail-ami check \
            | signer check "${signing[@]}" \
            | ail-stack run --kind ec2 --makes image -- bash -c '
                ail-provision wait \
                    | ail-provision install \
                    | ail-provision inventory \
                    | ail-provision reset-password \
                    | ail-ami create
                first_failure "${PIPESTATUS[@]}"' \
            | tee "$out"/image.json \
            | ail-export run > "$out"/exported.part
        first_failure "${PIPESTATUS[@]}"
    }

    # Only once every export is complete: a stage before would already have the record of a half.
    finish() {
        signer sign "${signing[@]}" < "$out"/exported.json \
            | publish > "$out"/release.part
        first_failure "${PIPESTATUS[@]}" && mv "$out"/release.part "$out"/release.json
    }
    publish() {
        if [[ ${AIL_PUBLISH:-no} == yes ]]; then ail-ami publish; else cat; fi
    }
    list() {
        ail-assets list --output markdown < "$out"/release.json
    }

    signing=()
    if [[ -z ${AIL_SIGNING_KEY:-}${AIL_SIGNING_KEY_FILE:-} ]]; then
        echo "no AIL_SIGNING_KEY_FILE: the sums will not be signed" >&2
        signing=(--unsigned)
    elif [[ ${AIL_CLOUD:-local} == local && -n ${AIL_SIGNING_KEY_FILE:-} && ! -e $AIL_SIGNING_KEY_FILE ]]; then
        signer keygen --quiet "$AIL_SIGNING_KEY_FILE" > /dev/null
    fi
    ail-stack up --kind vm-bucket < /dev/null > "$out"/bucket.json
    # As one: between two, a signal would end bash, and nobody would remove what the run made.
    whole() {
        local status=0
        release || status=$?
        # Some disks are there, and which they are is worth knowing.
        ((status != 79)) || ail-assets list --output markdown < "$out"/exported.part
        ((status == 0)) || return "$status"
        mv "$out"/exported.part "$out"/exported.json
    }
    run_stages whole
    # What took hours is there now, and soon everybody has it: a signal takes back no more than the stage at work.
    keep_stages finish
    in_a_group list

# Is the last release, as it is published, what was signed? Wants the distribution that `deploy` makes
verify: build
    @source scripts/environment.bash; ail-export verify < "$out"/release.json

# What stays in the account: web ACL, bucket with its distribution, and the two CodeBuild projects
deploy: build
    #!/usr/bin/env bash
    pipeline=deploy
    source scripts/pipeline.bash
    source scripts/environment.bash

    # A setting of the environment as a parameter; what is not set stays as it is deployed.
    given() {
        [[ -z ${!2:-} ]] || parameters+=(--param "$1=${!2}")
    }
    parameters=()
    given AllowedIpv4 AIL_ALLOWED_IPV4
    given AllowedIpv6 AIL_ALLOWED_IPV6
    ail-stack up --kind vm-bucket-waf "${parameters[@]}" < /dev/null \
        | ail-stack up --kind vm-bucket > "$out"/bucket.part || first_failure "${PIPESTATUS[@]}"
    mv "$out"/bucket.part "$out"/bucket.json

    parameters=(--param "RepositoryUrl=$AIL_REPOSITORY")
    given SourceSecretArn AIL_SOURCE_SECRET
    ail-stack up --kind ci-codebuild "${parameters[@]}" < "$out"/bucket.json > "$out"/ci.json
    given PasswordSecretArn AIL_PASSWORD_SECRET
    given SigningSecretArn AIL_SIGNING_SECRET
    ail-stack up --kind release-codebuild "${parameters[@]}" < "$out"/bucket.json > "$out"/release-project.json

# Remove what `deploy` made, but for the bucket; it tells what would be lost, and wants --yes
undeploy *options: build
    #!/usr/bin/env bash
    pipeline=undeploy
    source scripts/environment.bash
    status=0
    # In reverse: the ACL is in use as long as there is the distribution. All are asked, to tell of all.
    for kind in release-codebuild ci-codebuild vm-bucket vm-bucket-waf; do
        ail-stack down --kind "$kind" {{ options }} < /dev/null > /dev/null || status=$?
        ((status == 0 || status == 80)) || break
    done
    exit "$status"

# The same release inside CodeBuild, of what is committed on this branch; with --test-release it removes what it makes
release-build *options: build
    #!/usr/bin/env bash
    pipeline=release-build
    source scripts/pipeline.bash
    source scripts/environment.bash
    settings=(--branch "${AIL_BRANCH:-$(git branch --show-current)}")
    # The buildspec is for an account; on the local cloud the build has the settings of that.
    [[ ${AIL_CLOUD:-local} != local ]] || settings+=(--env AIL_CLOUD=local)
    ail-build start "${settings[@]}" {{ options }} < /dev/null \
        | tee "$out"/build.part \
        | ail-build wait > "$out"/build.json || first_failure "${PIPESTATUS[@]}"
    rm "$out"/build.part

# Boot the released images and log in to them as their first user would
boot-check: build
    #!/usr/bin/env bash
    source scripts/environment.bash
    scripts/packages --all
    exec scripts/boot-check "$out"/release.json

# The notes of the last release, into its release at GitHub (AIL_CLOUD=aws, AIL_TAG, `gh`) or printed
release-notes: build
    @PATH=$CARGO_TARGET_DIR/debug:$PATH scripts/release-notes "${AIL_OUT:-out}"/release.json

# What there is of the asset id, and about what it costs a month
assets: build
    @source scripts/environment.bash; ail-assets list --cost < /dev/null

# Remove everything of the asset id
clean-assets: build
    @source scripts/environment.bash; ail-assets rm --yes < /dev/null

# Build a GameDay from nothing, and have a first montage made
gameday: build
    #!/usr/bin/env bash
    pipeline=gameday
    source scripts/pipeline.bash
    source scripts/environment.bash

    gameday() {
        gd-vpc up < "$record" \
            | scripts/keep "$out"/network.json \
            | gd-queue up \
            | scripts/keep "$out"/queues.json \
            | gd-fleet up "${settings[@]}" \
            | scripts/keep "$out"/gameday.json > /dev/null
        first_failure "${PIPESTATUS[@]}" || return
        scripts/first-job "$out"/gameday.json "$out"/montages
    }

    # The record of before, if there is one, keeps the choices that were made then. A new worker takes one job at a
    # time: with more, a few jobs would never be too many for it.
    record=/dev/null settings=(--worker-setting "GD_JOBS=${GD_JOBS:-1}")
    [[ ! -s $out/gameday.json ]] || record=$out/gameday.json settings=()
    in_a_group gameday

# Put the GameDay under load: the workers become more and fewer again, and a picture is drawn of it
gameday-load: build
    #!/usr/bin/env bash
    pipeline=gameday
    source scripts/pipeline.bash
    source scripts/environment.bash
    in_a_group scripts/load "$out"/gameday.json "$out"

# Watch the GameDay's queues and workers
gameday-watch: build
    @pipeline=gameday; source scripts/environment.bash; gd-queue watch < "$out"/gameday.json

# What is wrong with the GameDay: a line a finding
gameday-verify: build
    #!/usr/bin/env bash
    pipeline=gameday
    source scripts/environment.bash
    status=0
    for tool in gd-vpc gd-queue gd-fleet; do
        "$tool" verify < "$out"/gameday.json || status=$?
    done
    exit "$status"

# Make the GameDay whole, and prove it; with --yes it also deletes what nobody built
gameday-repair *options: build
    #!/usr/bin/env bash
    pipeline=gameday
    source scripts/environment.bash
    source scripts/images.bash
    serve_canary
    PYTHONPATH=scripts python -B -m recovery repair "$out"/gameday.json {{ options }}

# Sweep the GameDay and send a canary every so many seconds, until told to stop
gameday-guard seconds="60": build
    #!/usr/bin/env bash
    pipeline=gameday
    source scripts/environment.bash
    source scripts/images.bash
    serve_canary
    PYTHONPATH=scripts python -B -m recovery guard "$out"/gameday.json {{ seconds }}

# Destroy at random and recover: attacks of the seed, sweep, repair, canary, and a scoreboard
drill seed=`echo $RANDOM`: build
    #!/usr/bin/env bash
    pipeline=gameday
    source scripts/environment.bash
    [[ -s $out/gameday.json ]] || scripts/just --no-deps gameday
    source scripts/images.bash
    serve_canary
    # On an account that costs money it is said, and not read from whatever record lies here, who is attacked.
    [[ ${AIL_CLOUD:-local} == local ]] || : "${AIL_TEAM:?set AIL_TEAM to the team whose GameDay is attacked}"
    envelope=$out/envelope-{{ seed }}-$(date -u +%Y%m%dT%H%M%SZ).json
    PYTHONPATH=scripts python -B -m recovery drill "$out"/gameday.json "${AIL_TEAM:-gameday}" "$envelope" {{ seed }}

# Write the page that tells how fast each attack is found and mended, by making them all
attack-table: build
    GD_ATTACK_TABLE=yes cargo test -p tests --test gd_attack attacks::

# Remove the GameDay, in reverse
gameday-down: build
    #!/usr/bin/env bash
    pipeline=gameday
    source scripts/environment.bash
    # What an interrupted build left is named by the record of the stage that it came to.
    for record in "$out"/{gameday,queues,network}.json /dev/null; do
        [[ ! -s $record ]] || break
    done
    [[ $record != */@(gameday|queues).json ]] || gd-fleet down --yes < "$record"
    gd-queue down --yes < "$record"
    gd-vpc down --yes < "$record"
    rm -f "$out"/{gameday,queues,network}.json

# Start the local cloud
cloud-up:
    @scripts/cloud up

# Stop the local cloud and remove all it had
cloud-down:
    @scripts/cloud down

# Build all tools
build:
    cargo build --workspace --quiet

# All tests: unit, property and black-box
test: build
    scripts/packages --all
    "$(scripts/venv)/bin/python" -m pytest -q tests/local_cloud
    cargo test --workspace --no-fail-fast

# How fast montages are made, beside ImageMagick and libvips; `up`, beside boto3, Ansible and Terraform; and recovery
bench: build
    #!/usr/bin/env bash
    set -euo pipefail
    export PATH=$CARGO_TARGET_DIR/debug:$PATH PYTHONPATH=scripts PYTHONDONTWRITEBYTECODE=1
    cargo build --quiet -p gd-montage --example montage
    python=$(scripts/venv)/bin/python
    "$python" -m bench.montage "$CARGO_TARGET_DIR"/debug/examples/montage
    "$python" -m bench.up
    "$python" -m bench.recovery

# Format, lints, templates, roles, scripts, and whether the man pages are fresh
lint: build
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --quiet -- -D warnings
    scripts/lint
    "$CARGO_TARGET_DIR"/debug/ail-notes check --draft --quiet --output table
    scripts/man-pages --check "{{ tools }}"
    scripts/runbook --check

# The permanent stacks on an emulator that is not ours
second-opinion: build
    scripts/second-opinion

# Write the man pages, and the runbook
man: build
    scripts/man-pages "{{ tools }}"
    scripts/runbook
