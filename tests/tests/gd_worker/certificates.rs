//! Images by TLS: who is trusted, and what is said of who is not.

use serde_json::{Value, json};
use tests::{Running, Tool};

use crate::stage::Stage;

/// Sites by TLS, whose certificates are of an authority that no system knows.
struct Sites {
    _running: Running,
    ports: Value,
}

impl Sites {
    fn start(stage: &Stage) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/gd_worker/tls_site.py");
        let image = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/gd_worker/images/small.png");
        let tool = stage.lab.program("/bin/sh").args(["-c", "exec python \"$0\" \"$@\"", script]);
        let mut running = tool.args([stage.lab.home()]).args([image]).start();
        running.until_says("serving");
        let ports = std::fs::read(stage.lab.home().join("ports.json")).expect("it was written");
        Self { _running: running, ports: serde_json::from_slice(&ports).expect("JSON") }
    }

    fn url(&self, role: &str) -> String {
        format!("https://127.0.0.1:{}/small.png", self.ports[role])
    }

    fn worker(&self, stage: &Stage) -> Tool {
        let ports: Vec<_> =
            ["right", "elsewhere", "ended"].map(|role| self.ports[role].to_string()).into();
        stage.worker().args(["--max-jobs", "1"]).env("GD_PORTS", ports.join(","))
    }
}

#[test]
fn a_certificate_must_be_in_force_and_of_the_name_that_was_asked_for() {
    let stage = Stage::new();
    let sites = Sites::start(&stage);
    let urls = ["right", "elsewhere", "ended"].map(|role| sites.url(role));
    stage.send([urls.join("\n")]);
    let authorities = stage.lab.home().join("ca.pem");
    let ran = sites.worker(&stage).env("SSL_CERT_FILE", authorities).run().exits(0);
    let line = &ran.lines()[0];
    assert_eq!((&line["outcome"], &line["images"]), (&json!("made"), &json!(1)));
    let reason = |place: usize| {
        assert_eq!(line["failed"][place]["url"], urls[place + 1]);
        line["failed"][place]["reason"].as_str().unwrap_or_default()
    };
    let refused = "no TLS: invalid peer certificate: certificate ";
    assert!(
        reason(0).starts_with(&format!("{refused}not valid for name \"127.0.0.1\"")),
        "{line:#}"
    );
    assert!(reason(1).starts_with(&format!("{refused}expired")), "{line:#}");
}

#[test]
fn an_authority_that_the_system_does_not_know_is_not_trusted() {
    let stage = Stage::new();
    let sites = Sites::start(&stage);
    stage.send([sites.url("right")]);
    let ran = sites.worker(&stage).run().exits(0);
    let line = &ran.lines()[0];
    assert_eq!(line["outcome"], "dead");
    let reason = line["failed"][0]["reason"].as_str().unwrap_or_default();
    assert_eq!(reason, "no TLS: invalid peer certificate: UnknownIssuer");
}
