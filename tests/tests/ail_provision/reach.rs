//! `wait`: host keys, and the stages at which getting in can fail.

use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};
use tests::{Fault, Lab};

use crate::machine::{Machine, SHARED, provision};

/// A key of no server here.
const STRANGER: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAHS4qB+YS4kq2LOCPdW09hBQ5gnbGOjz/sTDAhfw9NI";

/// What `wait --timeout 3s` says of a record that it never gets in with.
fn refused(lab: &Lab, record: &Value, status: i32) -> String {
    let wait = ["wait", "--timeout", "3s"];
    provision(lab, &wait).record(record).run().exits(status).stdout("").stderr_text()
}

fn with(record: &Value, member: &str, value: Value) -> Value {
    let mut record = record.clone();
    record["instance"][member] = value;
    record
}

#[test]
fn the_host_keys_come_from_the_console_and_are_kept() {
    let lab = Lab::new();
    let record = SHARED.record();
    let ran = provision(&lab, &["wait"]).record(&record).run();
    assert!(
        ran.stderr_text().ends_with(": lets admin@ADDRESS in\nail-provision wait: done in N s\n"),
        "{ran:#?}"
    );
    let waited = ran.record();
    let keys = waited["instance"]["host_keys"].as_array().expect("a list");
    let kinds: Vec<_> = keys.iter().filter_map(|key| key.as_str()?.split(' ').next()).collect();
    assert_eq!(kinds, ["ecdsa-sha2-nistp256", "ssh-ed25519", "ssh-rsa"]);
    assert_eq!(waited["instance"]["host_keys_from"], "console");
    assert_eq!(waited["instance"]["port"], 22);
    assert_eq!(waited["unknown"], record["unknown"]);
    assert!(lab.calls().iter().all(|call| call == "GetConsoleOutput"), "{:?}", lab.calls());

    // With the keys in the record nothing is called, and no credentials are needed.
    let lab = Lab::new();
    let again = provision(&lab, &["wait"])
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY")
        .record(&waited)
        .run()
        .record();
    assert_eq!(again, waited);
    assert_eq!(lab.calls(), [""; 0]);
    // One key of any kind will do: the server is asked for that kind.
    for key in keys {
        let one = with(&waited, "host_keys", json!([key]));
        assert_eq!(provision(&lab, &["wait"]).record(&one).run().record(), one);
    }
}

#[test]
fn another_host_key_is_refused_with_both_fingerprints() {
    let lab = Lab::new();
    let record = with(&SHARED.known(&lab), "host_keys", json!([STRANGER]));
    for verb in [&["wait"][..], &["install"], &["exec", "--", "true"]] {
        let ran = provision(&lab, verb).record(&record).run().exits(69).stdout("");
        let text = ran.stderr_text();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "ail-provision: i-… at ADDRESS is not who it should be");
        assert!(lines[1].starts_with("  it shows ssh-ed25519 SHA256:"), "{ran:#?}");
        assert!(lines[2].starts_with("  known is ssh-ed25519 SHA256:"), "{ran:#?}");
        assert!(lines[3].starts_with("  next: another machine may answer"), "{ran:#?}");
    }
}

#[test]
fn each_stage_has_its_words() {
    let lab = Lab::new();
    let known = SHARED.known(&lab);
    let says = |record: &Value, words: &str| {
        let text = refused(&lab, record, 124);
        assert!(text.contains(&format!("last seen: {words}")), "{words}: {text}");
    };
    says(
        &with(&known, "host", json!("no-such-host.invalid")),
        "admin@no-such-host.invalid:22: the name has no address: ",
    );
    says(
        &with(&known, "port", json!(1)),
        "admin@ADDRESS: no TCP connection: the connection is refused",
    );
    let port = server(b"");
    let closed = with(&with(&known, "host", json!("127.0.0.1")), "port", json!(port));
    says(&closed, "admin@ADDRESS: no SSH server: it closes the connection");
    let port = server(b"SSH-2.0-nonsense\r\nnonsense\r\n");
    let broken = with(&with(&known, "host", json!("127.0.0.1")), "port", json!(port));
    says(&broken, "admin@ADDRESS: the key exchange failed: ");
    says(
        &with(&known, "user", json!("nobody-here")),
        "nobody-here@ADDRESS: the login is refused: the key of nobody-here is not taken (the \
         server offers: publickey)",
    );

    // What cannot pass ends at once.
    let mut unusable = known;
    let key = lab.home().join("unusable");
    std::fs::write(&key, "no key\n").expect("writable");
    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o600)).expect("its own file");
    unusable["key_pair"]["file"] = json!(key);
    let text = refused(&lab, &unusable, 65);
    assert!(
        text.starts_with(
            "ail-provision: cannot log in to i-… (admin@ADDRESS)\n  \
             the private key cannot be used: "
        ),
        "{text}"
    );
}

/// The port of a server that greets everybody so, and hangs up.
fn server(greeting: &'static [u8]) -> u16 {
    let server = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = server.local_addr().expect("it is bound").port();
    std::thread::spawn(move || {
        for client in server.incoming().flatten() {
            let mut client = client;
            // It may have gone already.
            let _ = client.write_all(greeting);
        }
    });
    port
}

#[test]
fn a_console_without_host_keys_is_waited_for_or_the_first_key_trusted() {
    let lab = Lab::new();
    let machine = Machine::launch();
    std::fs::write(machine.console(), "no keys here\n").expect("the cloud's own file");
    let text = refused(&lab, &machine.record(), 124);
    assert_eq!(
        text.split_once(": waiting for").map(|(_, rest)| rest),
        Some(
            " the host keys on its console\n\
             ail-provision: waited 3s for the host keys on the console of i-…\n  \
             last seen: waiting for the host keys on its console\n  \
             next: the console can lag some minutes: give a longer --timeout, or give \
             --trust-on-first-use if its image prints no host keys\n"
        ),
        "{text}"
    );
    let ran = provision(&lab, &["wait", "--trust-on-first-use"]).record(&machine.record()).run();
    assert!(
        ran.stderr_text().contains(": trusting its host key on first use: ssh-ed25519 SHA256:")
    );
    let trusted = ran.record();
    assert_eq!(trusted["instance"]["host_keys_from"], "first-use");
    assert_eq!(trusted["instance"]["host_keys"].as_array().map(Vec::len), Some(1));
    // Trusted once, it is held to.
    let again = provision(&lab, &["wait"]).record(&trusted).run().record();
    assert_eq!(again, trusted);

    // An instance that is gone is not waited for, nor is another at its address taken for it.
    lab.aws(&["ec2", "terminate-instances", "--instance-ids", &machine.id]);
    let answered = with(&trusted, "host", SHARED.record()["instance"]["host"].clone());
    for record in [&trusted, &answered] {
        let gone = ["wait", "--timeout", "60s"];
        let ran = provision(&lab, &gone).record(record).run().exits(66).stdout("");
        let text = ran.stderr_text();
        assert!(text.contains("ail-provision: the instance i-… is "), "{text}");
        assert!(
            text.ends_with("  next: start the instance, or bring up another with `ail-stack up`\n")
        );
    }
}

#[test]
fn the_service_may_refuse_or_be_busy() {
    let lab = Lab::new();
    let fault = |code, message, status| Fault {
        operation: "GetConsoleOutput",
        code,
        message,
        status,
        ..Fault::default()
    };
    lab.fault(&fault("UnauthorizedOperation", "You are not authorized.", 403));
    let text = refused(&lab, &SHARED.record(), 77);
    assert_eq!(
        text,
        "ail-provision: cannot read the host keys on the console of i-…\n  \
         GetConsoleOutput: UnauthorizedOperation: You are not authorized (request …)\n  \
         next: check the credentials, and that their policy allows GetConsoleOutput\n"
    );
    // Instances before Nitro show no newest console.
    lab.fault(&fault("UnsupportedOperation", "Not on this type.", 400));
    provision(&lab, &["wait"]).record(&SHARED.record()).run().record();
    lab.fault(&fault("RequestLimitExceeded", "Request limit exceeded.", 503));
    provision(&lab, &["wait"]).record(&SHARED.record()).run().record();

    let nowhere = with(&SHARED.record(), "id", json!("i-00000000000000000"));
    let text = refused(&lab, &nowhere, 66);
    assert!(text.contains("GetConsoleOutput: InvalidInstanceID.NotFound: "), "{text}");
}
