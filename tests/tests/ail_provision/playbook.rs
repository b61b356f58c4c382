//! `install` with playbooks of one's own: counts, failures, signals.

use std::path::PathBuf;

use nix::sys::signal::Signal;
use serde_json::json;
use tests::{Lab, Running};

use crate::machine::{SHARED, provision};

/// A directory with this site.yml.
fn playbook(lab: &Lab, tasks: &str) -> String {
    let directory = lab.home().join("play");
    std::fs::create_dir_all(&directory).expect("writable");
    let text = format!("- name: Test\n  hosts: all\n  gather_facts: false\n  tasks:\n{tasks}");
    std::fs::write(directory.join("site.yml"), text).expect("writable");
    directory.to_str().expect("text").to_owned()
}

#[test]
fn variables_go_in_and_counts_come_out() {
    let lab = Lab::new();
    let path = playbook(
        &lab,
        r#"
    - name: Look at the variables
      ansible.builtin.assert:
        that:
          - jupyter_port == 8888
          - jupyter_user == 'jupyter'
          - release == '5.0.0'
          - list == [1, 2]
    - name: Change something
      ansible.builtin.command: "true"
    - name: Fail for no reason
      ansible.builtin.command: "false"
      ignore_errors: true
"#,
    );
    let arguments = ["install", "--playbook", &path, "--jupyter-port", "8888"];
    let ran = provision(&lab, &arguments)
        .args(["--var", "release=5.0.0", "--var", "list=[1, 2]"])
        .record(&SHARED.record())
        .run();
    let said = ran.stderr_text();
    assert!(
        said.ends_with(
            "i-…: Look at the variables\ni-…: Change something\ni-…: Fail for no reason\n\
             i-…: installed: 3 tasks are done, 2 changed something\n\
             ail-provision install: done in N s\n"
        ),
        "{said}"
    );
    let installed = ran.record();
    let play = &installed["provision"]["install"];
    assert_eq!((&play["ok"], &play["changed"], &play["failed"]), (&json!(3), &json!(2), &json!(0)));
    assert!(play["seconds"].as_f64().is_some_and(|seconds| seconds > 0.0), "{play}");
    assert_eq!(installed["instance"]["host_keys_from"], "console");
    assert_eq!(installed["unknown"], SHARED.record()["unknown"]);
    assert_eq!(lab.mutating_calls(), [""; 0]);
    // An unknown part of the record's own member is the reader's loss; the rest stays.
    nothing_stays(&lab);
}

#[test]
fn a_failed_task_is_named_with_what_it_said() {
    let lab = Lab::new();
    let known = SHARED.known(&lab);
    let install = |tasks: &str| {
        let path = playbook(&lab, tasks);
        provision(&lab, &["install", "--quiet", "--playbook", &path]).record(&known).run()
    };
    install(
        r#"
    - name: Change something
      ansible.builtin.command: "true"
    - name: Break it
      ansible.builtin.shell: echo to stdout; echo to stderr >&2; exit 3
"#,
    )
    .exits(1)
    .stdout("")
    .stderr(
        "ail-provision: cannot install on i-… (admin@ADDRESS)\n  \
         the task \"Break it\" failed\n  non-zero return code\n  \
         its stderr:\n  to stderr\n  its stdout:\n  to stdout\n  \
         done before: 1 task is done, 1 changed something\n  \
         next: mend the cause and run the same command again: what is done is found done\n",
    );
    let secret = install(
        r#"
    - name: Keep a secret
      ansible.builtin.shell: echo very-secret; exit 3
      no_log: true
"#,
    )
    .exits(1);
    assert!(!secret.stderr_text().contains("very-secret"), "{secret:#?}");
    assert!(secret.stderr_text().contains("the task \"Keep a secret\" failed\n"), "{secret:#?}");
    let wrong = install("    - name: No module\n      no_such_module: {}\n").exits(1);
    assert!(wrong.stderr_text().contains("no_such_module"), "{wrong:#?}");
    let broken = install("    - name: [\n").exits(1);
    assert!(broken.stderr_text().contains("ansible-playbook ended with status 4\n"), "{broken:#?}");
    nothing_stays(&lab);
}

#[test]
fn a_signal_or_the_deadline_stops_ansible_and_leaves_nothing() {
    let lab = Lab::new();
    let known = SHARED.known(&lab);
    let path = playbook(&lab, "    - name: Sleep\n      ansible.builtin.command: sleep 600\n");
    let start = |timeout: &str| -> Running {
        let arguments = ["install", "--playbook", &path, "--timeout", timeout];
        provision(&lab, &arguments)
            .env("TMPDIR", lab.home())
            .env("AIL_DEFAULT_PASSWORD", "secret")
            .record(&known)
            .start()
    };
    for (signal, status, word) in
        [(Signal::SIGINT, 130, "interrupted"), (Signal::SIGTERM, 143, "told to end")]
    {
        let mut running = start("5m");
        running.until_says(": Sleep\n");
        running.signal(signal);
        let ran = running.wait().exits(status).stdout("");
        assert!(
            ran.stderr_text().ends_with(&format!(
                "ail-provision: taking back: stop ansible-playbook\nail-provision: {word}\n  \
                 undone: stop ansible-playbook\n"
            )),
            "{ran:#?}"
        );
        nothing_stays(&lab);
    }
    // Ansible alone takes ten seconds to start on a busy machine.
    let ran = start("30s").wait().exits(124).stdout("");
    assert!(
        ran.stderr_text().contains(
            "ail-provision: cannot install on i-… (admin@ADDRESS)\n  \
             it was not done in time, and was stopped at \"Sleep\"\n"
        ),
        "{ran:#?}"
    );
    nothing_stays(&lab);

    // Killed, it cleans nothing up: Ansible notices that nobody listens any more.
    let mut running = start("5m");
    running.until_says(": Sleep\n");
    running.signal(Signal::SIGKILL);
    running.wait().exits(137);
    nothing_stays(&lab);
}

/// The last ssh of Ansible goes a moment after Ansible itself, for it only then notices.
#[track_caller]
fn nothing_stays(lab: &Lab) {
    let patience = std::time::Instant::now();
    while !left_behind(lab).is_empty() {
        assert!(patience.elapsed().as_secs() < 20, "{:?}", left_behind(lab));
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}

/// The working directories in this test's home, and the processes that name one.
fn left_behind(lab: &Lab) -> Vec<PathBuf> {
    let home = lab.home().to_str().expect("text");
    let is_work = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("ail-provision-"))
    };
    let directories = std::fs::read_dir(home).expect("readable").flatten().map(|e| e.path());
    let processes =
        std::fs::read_dir("/proc").expect("Linux").flatten().map(|e| e.path()).filter(|process| {
            std::fs::read(process.join("cmdline")).is_ok_and(|line| {
                String::from_utf8_lossy(&line).contains(&format!("{home}/ail-provision-"))
            })
        });
    directories.filter(is_work).chain(processes).collect()
}
