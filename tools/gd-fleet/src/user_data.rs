//! What the first instance runs at its first boot: it becomes what the image is made of.

use lib_common::record::FleetWish;
use sha2::{Digest, Sha256};

/// EC2: at most 16 KiB of user data, before it is encoded.
const MOST: usize = 16 << 10;

/// Ends a file within the script; no file has such a line.
const END: &str = "END-OF-FILE-OF-GD-FLEET";

const INSTANCE: &str = include_str!("instance/gd-instance");
const ELSEWHERE: &str = include_str!("instance/gd-worker-elsewhere.conf");
const DRAIN_UNIT: &str = include_str!("instance/gd-worker-drain.service");
const WORKER_UNIT: &str = include_str!("../../gd-worker/gd-worker.service");

/// What the worker is told and where it comes from.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// SHA-256 of the worker's binary.
    pub worker: String,
    /// The public image that it is installed on.
    pub source: String,
    /// The bucket of the montages, where the worker's binary is fetched from.
    pub bucket: String,
    /// The worker's environment: a line a variable.
    pub environment: String,
    /// The group of the workers, and the hook at which they drain, if they do.
    pub group: String,
    pub hook: Option<String>,
}

impl Recipe {
    /// The key of the worker's binary.
    pub fn key(&self) -> String {
        format!("{PREFIX}gd-worker-{}", &self.worker[..16])
    }

    /// The script. It depends on nothing but the recipe.
    pub fn script(&self) -> String {
        let mut files = vec![
            ("0755", "/usr/local/lib/gd-fleet/gd-instance", INSTANCE),
            ("0644", "/etc/systemd/system/gd-worker.service", WORKER_UNIT),
            ("0644", "/etc/systemd/system/gd-worker.service.d/elsewhere.conf", ELSEWHERE),
            ("0600", "/etc/gd-worker/environment", &self.environment),
        ];
        let group = self.hook.as_ref().map(|hook| format!("GROUP={}\nHOOK={hook}\n", self.group));
        if let Some(group) = &group {
            files.push(("0644", "/etc/systemd/system/gd-worker-drain.service", DRAIN_UNIT));
            files.push(("0644", "/etc/gd-worker/group", group));
        }
        let mut script = String::from("#!/bin/sh\nset -eu\n");
        for (mode, path, content) in files {
            script.push_str(&format!(
                "install -D -m {mode} /dev/stdin {path} <<'{END}'\n{content}{END}\n"
            ));
        }
        let (bucket, key, worker) = (&self.bucket, self.key(), &self.worker);
        script.push_str(&format!(
            "exec /usr/local/lib/gd-fleet/gd-instance install {bucket} {key} {worker}\n"
        ));
        debug_assert!(script.len() <= MOST);
        script
    }

    /// The hash of all that goes into the image.
    pub fn hash(&self) -> String {
        hex(&Sha256::digest(format!("{}\n{}", self.source, self.script())))
    }
}

/// Where the worker's binary, and what is said of its installation, lie in the bucket.
pub const PREFIX: &str = "worker/";

/// The variables of the worker, in the order of their names; what a person sets comes last
/// and so beats the rest.
pub fn environment(region: &str, queues: &lib_common::record::Queues, wish: &FleetWish) -> String {
    let own = [
        ("AWS_REGION", region),
        ("GD_BUCKET", &queues.bucket.name),
        ("GD_DEAD_LETTER_QUEUE", &queues.dead_letter.name),
        ("GD_INPUT_QUEUE", &queues.input.name),
        ("GD_OUTPUT_QUEUE", &queues.output.name),
    ];
    // It makes its montages public, which a bucket of today does not take.
    let classic = (wish.classic && queues.classic).then_some(("GD_CLASSIC", "true"));
    let set = wish.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    own.into_iter()
        .chain(classic)
        .chain(set)
        .map(|(name, value)| format!("{name}={value}\n"))
        .collect()
}

/// Bytes as lower-case hex digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe() -> Recipe {
        Recipe {
            worker: "0123456789abcdef".repeat(4),
            source: "ami-1".to_owned(),
            bucket: "image-bucket-1".to_owned(),
            environment: "GD_BUCKET=image-bucket-1\n".to_owned(),
            group: "worker-group".to_owned(),
            hook: Some("drain".to_owned()),
        }
    }

    #[test]
    fn the_script_holds_its_files_and_fits_with_room_for_settings() {
        let script = recipe().script();
        assert!(script.len() < MOST - 2048, "{} bytes", script.len());
        assert!(script.starts_with("#!/bin/sh\n"));
        assert_eq!(script.matches(END).count(), 12);
        assert!(script.ends_with(&format!(
            "install image-bucket-1 worker/gd-worker-0123456789abcdef {}\n",
            "0123456789abcdef".repeat(4)
        )));
    }

    #[test]
    fn without_a_hook_nothing_drains() {
        let mut other = recipe();
        other.hook = None;
        assert!(!other.script().contains("gd-worker-drain.service' "));
        assert!(!other.script().contains("/etc/gd-worker/group <<"));
    }

    #[test]
    fn another_setting_is_another_image() {
        let mut other = recipe();
        other.environment.push_str("GD_JOBS=2\n");
        assert_ne!(other.hash(), recipe().hash());
        let other = Recipe { source: "ami-2".to_owned(), ..recipe() };
        assert_ne!(other.hash(), recipe().hash());
        assert_eq!(recipe().hash(), recipe().hash());
    }
}
