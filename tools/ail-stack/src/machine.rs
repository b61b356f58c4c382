//! The options of the instance.

use std::net::Ipv4Addr;
use std::path::PathBuf;

use clap::Args;
use ipnet::Ipv4Net;
use lib_common::record::SourceImage;
use lib_common::{Error, Exit, Result};

use crate::template::Template;

/// The instance; a template of one's own gets those of them that it declares.
#[derive(Args, Debug)]
#[command(next_help_heading = "Instance options")]
pub struct Machine {
    /// IPv4 range that may connect to SSH and Jupyter, such as 198.51.100.7/32; the kind
    /// ec2 wants one, and 0.0.0.0/0 only if you say so [env: AIL_SSH_CIDR]
    #[arg(long, value_name = "CIDR", env = "AIL_SSH_CIDR", hide_env = true, value_parser = cidr)]
    ssh_cidr: Option<Ipv4Net>,

    /// Instance type [env: AIL_INSTANCE_TYPE] [default: t3.medium, or t4g.medium for arm64]
    #[arg(long, value_name = "TYPE", env = "AIL_INSTANCE_TYPE", hide_env = true)]
    instance_type: Option<String>,

    /// Size of the root volume, and so of every exported disk [env: AIL_VOLUME_SIZE]
    /// [default: 100]
    #[arg(long, value_name = "GIB", env = "AIL_VOLUME_SIZE", hide_env = true,
          value_parser = clap::value_parser!(u32).range(8..=1024))]
    volume_size: Option<u32>,

    /// Port of Jupyter [env: AIL_JUPYTER_PORT] [default: 49494]
    #[arg(long, value_name = "PORT", env = "AIL_JUPYTER_PORT", hide_env = true,
          value_parser = clap::value_parser!(u16).range(1024..))]
    jupyter_port: Option<u16>,

    /// Encrypt the root volume; its image can be neither exported nor made public
    /// [env: AIL_ENCRYPTED]
    #[arg(long, env = "AIL_ENCRYPTED", hide_env = true)]
    encrypted: bool,

    /// Key pair of one's own, which is never deleted [env: AIL_KEY_NAME] [default: one is
    /// made, and goes with the stack]
    #[arg(long, value_name = "NAME", env = "AIL_KEY_NAME", hide_env = true, requires = "key_file")]
    key_name: Option<String>,

    /// Private key of --key-name [env: AIL_KEY_FILE]
    #[arg(long, value_name = "FILE", env = "AIL_KEY_FILE", hide_env = true, requires = "key_name")]
    key_file: Option<PathBuf>,
}

/// The option behind a template's parameter.
pub fn option_of(parameter: &str) -> Option<&'static str> {
    Some(match parameter {
        "AssetId" => "--asset-id",
        "ImageId" | "RootDeviceName" => "source_image",
        "InstanceType" => "--instance-type",
        "VolumeSize" => "--volume-size",
        "Encrypted" => "--encrypted",
        "SshCidr" => "--ssh-cidr",
        "JupyterPort" => "--jupyter-port",
        "KeyName" => "--key-name",
        _ => return None,
    })
}

impl Machine {
    /// The values of the parameters that these options and the source image know.
    pub fn value_of(&self, parameter: &str, image: Option<&SourceImage>) -> Option<String> {
        match parameter {
            "ImageId" => image.map(|image| image.id.clone()),
            "RootDeviceName" => image.and_then(|image| image.root_device.clone()),
            "InstanceType" => self.instance_type.clone().or_else(|| match image {
                // The template's default is of the other architecture.
                Some(image) if image.architecture.as_deref() == Some("arm64") => {
                    Some("t4g.medium".to_owned())
                }
                _ => None,
            }),
            "VolumeSize" => self.volume_size.map(|size| size.to_string()),
            "Encrypted" => self.encrypted.then(|| "true".to_owned()),
            "SshCidr" => self.ssh_cidr.map(|cidr| cidr.to_string()),
            "JupyterPort" => self.jupyter_port.map(|port| port.to_string()),
            _ => None,
        }
    }

    /// One's own key pair, name and file.
    pub fn own_key(&self) -> Option<(String, PathBuf)> {
        Some((self.key_name.clone()?, self.key_file.clone()?))
    }

    /// Refuses what EC2 would refuse only when the stack is half made.
    pub fn check(&self, template: &Template, image: Option<&SourceImage>) -> Result<()> {
        let default = template.default_of("VolumeSize").and_then(|size| size.parse().ok());
        let least = image.and_then(|image| image.volume_gib);
        let (Some(size), Some(least)) = (self.volume_size.or(default), least) else {
            return Ok(());
        };
        match template.declares("VolumeSize") && size < least {
            true => Err(Error::new(
                Exit::Usage,
                format!("a root volume of {size} GiB is too small for the source image"),
            )
            .next(format!("give --volume-size {least} or more"))),
            false => Ok(()),
        }
    }

    /// Whether everybody on the internet may connect.
    pub fn is_open(&self) -> bool {
        self.ssh_cidr.is_some_and(|cidr| cidr.prefix_len() == 0)
    }
}

/// A range, or one address; bits beyond the prefix are cut off, as EC2 does.
fn cidr(text: &str) -> Result<Ipv4Net, String> {
    let wrong = || "write it as 198.51.100.7/32 or 198.51.100.0/24".to_owned();
    match text.contains('/') {
        true => text.parse::<Ipv4Net>().map(|net| net.trunc()).map_err(|_| wrong()),
        false => text.parse::<Ipv4Addr>().map(Ipv4Net::from).map_err(|_| wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_written_as_ec2_keeps_it() {
        let shown = |text: &str| cidr(text).map(|net| net.to_string());
        assert_eq!(shown("198.51.100.7"), Ok("198.51.100.7/32".to_owned()));
        assert_eq!(shown("198.51.100.7/24"), Ok("198.51.100.0/24".to_owned()));
        for wrong in ["", "x", "198.51.100.7/33", "::1/128", "198.51.100"] {
            assert!(shown(wrong).is_err(), "{wrong}");
        }
    }
}
