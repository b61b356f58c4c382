# shellcheck shell=bash
# What bash lacks for pipelines that hold resources: the status of the stage that failed first, and signals that reach
# every stage and are waited for. To be sourced.

# One mark for the tags of all stages of this run.
AIL_RUN=$(od -An -N4 -tx4 /dev/urandom | tr -d ' ')
export AIL_RUN

# Without these, bash goes on after a signal where the command that it waits for ends well.
end_on_signals() {
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}
end_on_signals

# The first status that is not 0. pipefail gives the last one, and that is the stage that only found its input empty.
first_failure() {
    local status
    for status; do
        ((status == 0)) || return "$status"
    done
}
export -f first_failure

# Runs a command in a process group of its own and hands signals on to it: bash handles a signal only after its
# foreground pipeline, which may be hours later.
in_a_group() {
    local job='' caught='' status=0
    # From before there is a group, so that no signal finds bash without them.
    trap 'caught=INT; [[ -z $job ]] || kill -INT -- "-$job" 2>/dev/null || true' INT
    trap 'caught=TERM; [[ -z $job ]] || kill -TERM -- "-$job" 2>/dev/null || true' TERM HUP
    set -m
    # In the group, bash itself must outlive the signal and a failed stage, to wait for all. It runs a trap once its
    # foreground pipeline has ended, or between two: then no other one begins.
    (
        set +me
        end_on_signals
        "$@"
    ) &
    job=$!
    set +m
    [[ -z $caught ]] || kill -"$caught" -- "-$job" 2>/dev/null || true
    while kill -0 -- "-$job" 2>/dev/null; do
        status=0
        wait "$job" || status=$?
    done
    end_on_signals
    # A group that was past its last command ends well all the same, and nothing may come after it.
    case $status$caught in
        0INT) status=130 ;;
        0TERM) status=143 ;;
    esac
    return "$status"
}

# Runs the stages of a release so that an interrupted one leaves nothing: the stage that was interrupted takes back its
# own half-done work, and what finished stages of this run made is removed here.
run_stages() {
    local status=0
    in_a_group "$@" || status=$?
    if ((status == 130 || status == 143)); then
        echo "interrupted: removing what run $AIL_RUN made" >&2
        ail-assets rm --run "$AIL_RUN" --yes --quiet < /dev/null > /dev/null || return
    fi
    return "$status"
}

# Runs stages that come once the work of a run is whole: an interrupted one takes back its own, and all before it stays.
keep_stages() {
    local status=0
    in_a_group "$@" || status=$?
    if ((status == 130 || status == 143)); then
        echo "interrupted: what run $AIL_RUN exported stays; the same command goes on from there" >&2
    fi
    return "$status"
}
