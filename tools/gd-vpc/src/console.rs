//! The host keys that an instance printed on its console, which only AWS can show.

use std::time::Duration;

use aws_smithy_types::base64;
use lib_common::aws::{During, Explain};
use lib_common::wait::{Seen, Waiter};
use lib_common::{Error, Exit, Result};
use ssh_key::PublicKey;

use crate::site::Site;

/// Some instance types show their console minutes after they printed on it.
const LONGEST: Duration = Duration::from_secs(5 * 60);

/// The host keys, once they are on the console.
pub async fn host_keys(site: &Site, id: &str) -> Result<Vec<String>> {
    let task = site.context.progress().task(id);
    let what = format!("the host keys of {id} on its console");
    let waiter = Waiter::new(what, site.context.timeout(LONGEST));
    let wait = waiter.until(&task, || async {
        let text = match output(site, id, true).await {
            // Only instances on Nitro show the console as it is now (GetConsoleOutput).
            Err(error) if error.code() == Some("UnsupportedOperation") => {
                output(site, id, false).await?
            }
            text => text?,
        };
        match on_console(&text) {
            keys if keys.is_empty() => Ok(Seen::Pending("no host keys yet".to_owned())),
            keys => Ok(Seen::Ready(keys)),
        }
    });
    wait.await
}

async fn output(site: &Site, id: &str, latest: bool) -> Result<String> {
    let call = site.ec2.get_console_output().instance_id(id).latest(latest);
    let answer = call.send().await.during("GetConsoleOutput");
    let answer = answer.explain(|| site.cannot(&format!("read the console of {id}")))?;
    let bytes = base64::decode(answer.output().unwrap_or_default()).map_err(|error| {
        Error::new(Exit::Refused, format!("the console output of {id} is not Base64"))
            .caused_by(&error)
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The keys in the last whole block that cloud-init printed: a reboot may have printed
/// another. The kernel or a time stamp may stand before a key.
fn on_console(text: &str) -> Vec<String> {
    const BEGIN: &str = "-----BEGIN SSH HOST KEY KEYS-----";
    const END: &str = "-----END SSH HOST KEY KEYS-----";
    let whole = text.rsplit_once(END).and_then(|(before, _)| before.rsplit_once(BEGIN));
    let block = whole.map(|(_, block)| block).unwrap_or_default();
    let key_in = |line: &str| {
        let words: Vec<_> = line.split_whitespace().collect();
        let mut pairs = words.windows(2).map(|pair| pair.join(" "));
        pairs.find(|pair| pair.parse::<PublicKey>().is_ok())
    };
    block.lines().filter_map(key_in).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_whole_block_counts() {
        const KEY: &str =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6JU+mhkCJtcNcRGjmfwaWY0XNS0D9TRbWwaBsMISw3";
        let console = format!(
            "boot\r\n-----BEGIN SSH HOST KEY KEYS-----\r\n[   12.3] cloud-init: {KEY} root@new\r\n\
             [   12.4] a kernel message\r\n-----END SSH HOST KEY KEYS-----\r\n\
             again\n-----BEGIN SSH HOST KEY KEYS-----\ntorn"
        );
        assert_eq!(on_console(&console), [KEY]);
        assert_eq!(on_console("boot"), [""; 0]);
    }
}
