//! The built-in roles on a real system, from the first installation to the last login.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use tests::Lab;

use crate::machine::{Machine, provision};

const PASSWORD: &str = "start-1234";

#[test]
fn an_instance_becomes_what_an_image_is_made_of() {
    let lab = Lab::new();
    let machine = Machine::launch();
    let installed = provision(&lab, &["install"]).record(&machine.record()).run().record();
    let counts = |record: &Value, verb: &str| {
        let play = &record["provision"][verb];
        (play["changed"].clone(), play["failed"].clone())
    };
    assert_ne!(counts(&installed, "install").0, json!(0));
    inside(&lab, &installed);

    let again = provision(&lab, &["install"]).record(&installed).run();
    assert!(
        again.stderr_text().contains(" tasks are done, and nothing had to be changed\n"),
        "{again:#?}"
    );
    let again = again.record();
    assert_eq!(counts(&again, "install"), (json!(0), json!(0)));

    let again = listed(&lab, &again);

    let reset = |record: &Value| {
        let tool = provision(&lab, &["reset-password"]).env("AIL_DEFAULT_PASSWORD", PASSWORD);
        tool.record(record).run()
    };
    let ran = reset(&again);
    assert!(!ran.stderr_raw().contains(PASSWORD), "{ran:#?}");
    let sealed = ran.record();
    assert_eq!(sealed["provision"]["install"], again["provision"]["install"]);
    assert_eq!(counts(&sealed, "reset_password").1, json!(0));
    let text = sealed.to_string();
    assert!(!text.contains(PASSWORD) && !text.contains("$6$"), "{text}");

    // Not twice: neither by its record, nor by an older one.
    let refusal = "ail-provision: the default password of i-… is set, and its SSH keys are \
                   removed: no key opens it any more\n";
    let next = "  next: make the image with `ail-ami create`: it needs no login\n";
    reset(&sealed).exits(73).stdout("").stderr(&format!("{refusal}{next}"));
    reset(&machine.record()).exits(73).stdout("").stderr(&format!(
        "{refusal}  its server takes the default password, and not the key\n{next}"
    ));
    for verb in ["install", "inventory"] {
        let ran = provision(&lab, &[verb]).record(&sealed).run();
        ran.exits(73).stdout("").stderr(&format!("{refusal}{next}"));
    }
    assert_eq!(lab.mutating_calls(), [""; 0]);

    let login = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ail_provision/login.py");
    let person = lab.program("/usr/bin/env").args(["python3".as_ref(), login.as_os_str()]);
    let ran = person.args([&machine.host, PASSWORD, "Another-5678-word"]).run().exits(0);
    assert!(ran.stderr_raw().contains("JupyterLab listens on port 49494"), "{ran:#?}");
    ran.stdout("in with the old password\nin with the new password\n");
}

/// The bill of materials names what pip lists in Jupyter's environment.
fn listed(lab: &Lab, record: &Value) -> Value {
    let record = provision(lab, &["inventory"]).record(record).run().record();
    let file = Path::new(record["inventory"]["file"].as_str().expect("a path"));
    let packages = lab.bill(file).into_iter().filter_map(|line| {
        let (name, version) = line.strip_prefix("pypi ")?.split_once(' ')?;
        Some(format!("{name} {version}"))
    });
    let pip = "sudo /home/jupyter/venv/bin/python -B -m pip --disable-pip-version-check \
               list --format freeze";
    let tool = provision(lab, &["exec", "--quiet", "--", pip]).record(&record);
    let ran = tool.run().exits(0);
    let one_spelling = |line: &str| line.to_lowercase().replace(['_', '.'], "-");
    let pip = ran.stdout_text().lines().map(|line| {
        let (name, version) = line.split_once("==").expect("NAME==VERSION");
        format!("{} {version}", one_spelling(name))
    });
    let pip: BTreeSet<_> = pip.collect();
    assert!(pip.iter().any(|package| package.starts_with("jupyterlab ")), "{pip:?}");
    assert_eq!(packages.collect::<BTreeSet<_>>(), pip);
    record
}

/// What the roles promise, seen from inside.
fn inside(lab: &Lab, record: &Value) {
    let sees = |command: &str, expected: &str| {
        let tool = provision(lab, &["exec", "--quiet", "--", command]).record(record);
        tool.run().exits(0).stdout(expected);
    };
    let answer = "curl -s -o /dev/null -w '%{http_code} ' http://127.0.0.1:49494";
    sees(
        &format!(
            "{answer}/api; {answer}/api/contents; \
             {answer}/api/contents?token=$(sudo cat /var/lib/jupyter/token)"
        ),
        "200 403 200 ",
    );
    sees("ss -Hltn 'sport = :49494' | awk '{print $4}'", "0.0.0.0:49494\n");
    sees(
        "systemctl is-enabled jupyter docker replace-host-keys systemd-networkd",
        &"enabled\n".repeat(4),
    );
    sees("systemctl --failed --no-legend", "");
    sees("id -nG jupyter", "jupyter docker\n");
    sees("sudo stat -c '%U %a' /var/lib/jupyter/token", "jupyter 600\n");
    sees("sudo netplan get network.renderer", "networkd\n");
    sees(
        "cat /etc/machine-id; sudo ls /root/.ansible ~/.ansible /root/.cache/pip 2>/dev/null; true",
        "",
    );
    sees("sudo find /var/lib/apt/lists /var/cache/apt/archives -type f ! -name lock", "");
    // An image of it makes host keys of its own: those of this machine are marked.
    sees(
        "cat /etc/ssh/ssh_host_*_key.pub | cmp - /etc/ssh/host-keys-of-the-image && echo same",
        "same\n",
    );
}
