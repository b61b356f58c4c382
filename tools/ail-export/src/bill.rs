//! The bill of materials of what is inside, as a file of the release.

use std::path::Path;

use lib_common::record::{Image, Inventory};
use lib_common::undo::Ticket;
use lib_common::{AssetId, Context, Error, Exit, Record, Result};
use sha2::{Digest, Sha256};

use crate::beside::{Beside, Content};
use crate::place::Place;

/// The extension by which CycloneDX in JSON is known (cyclonedx.org, "Recognized file
/// patterns").
const EXTENSION: &str = "cdx.json";

/// Its media type (CycloneDX 1.6, "Media Types"); the version is that of the bill.
const MEDIA_TYPE: &str = "application/vnd.cyclonedx+json; version=1.6";

/// The name of the bill among the files of a release.
pub fn name(asset_id: &AssetId) -> String {
    asset_id.file_name(EXTENSION)
}

/// What there is of the bill, and what is to be.
#[derive(Debug)]
pub struct Bill {
    file: Beside,
    before: Option<Content>,
    /// What is to be written; `None` where what is there stays.
    new: Option<Content>,
}

impl Bill {
    /// Looks at the bucket, and at the file of the record's inventory where the bucket has
    /// not got that yet.
    pub async fn look(
        context: &Context,
        place: &Place,
        asset_id: &AssetId,
        record: &Record,
    ) -> Result<Self> {
        let file = Beside {
            context: context.clone(),
            place: place.clone(),
            asset_id: asset_id.clone(),
            key: asset_id.object_key(EXTENSION),
            content_type: MEDIA_TYPE,
        };
        let before = file.read().await?;
        let image = record.get::<Image>()?.map(|image| image.id);
        let new = match record.get::<Inventory>()? {
            None => {
                before.iter().try_for_each(|before| is_of(&file, before, image.as_deref()))?;
                None
            }
            Some(inventory) => match &before {
                Some(before)
                    if hash(&before.bytes) == inventory.sha256 && before.image == image =>
                {
                    None
                }
                _ => Some(Content { bytes: read(&inventory)?, image }),
            },
        };
        Ok(Self { file, before, new })
    }

    /// Puts it into the bucket, if it is not there; the ticket is that of its removal.
    pub async fn write(&mut self) -> Result<Option<Ticket>> {
        let Some(new) = self.new.take() else { return Ok(None) };
        self.file.write(new.clone(), self.before.replace(new)).await.map(Some)
    }

    pub fn key(&self) -> &str {
        &self.file.key
    }

    /// Whether another one is there, in whose place it is to be written.
    pub fn replaces(&self) -> bool {
        self.new.is_some() && self.before.is_some()
    }

    /// What would be done, a line, or nothing where there is no bill.
    pub fn plan(&self) -> String {
        let verb = if self.new.is_some() { "write" } else { "keep" };
        let object = self.file.place.s3(&self.file.key);
        self.measures().map_or_else(String::new, |(bytes, _)| {
            format!("would {verb} {object}, the bill of materials, {bytes} bytes\n")
        })
    }

    /// Size and SHA-256 in hex of what the release has; `None` where it has no bill.
    pub fn measures(&self) -> Option<(u64, String)> {
        let content = self.new.as_ref().or(self.before.as_ref())?;
        Some((content.bytes.len() as u64, hash(&content.bytes)))
    }
}

/// A bill that is there already must be that of the image which is released.
fn is_of(file: &Beside, before: &Content, image: Option<&str>) -> Result<()> {
    match (before.image.as_deref(), image) {
        (Some(told), Some(image)) if told != image => {
            let object = file.place.s3(&file.key);
            let what = format!("{object} tells what is inside {told}, not {image}");
            Err(Error::new(Exit::Exists, what)
                .because("the record has no inventory of its own: the image was there already")
                .next(format!("remove it (`aws s3 rm '{object}'`), or sign the record of {told}")))
        }
        _ => Ok(()),
    }
}

/// The file of the inventory, which must be what was written then.
fn read(inventory: &Inventory) -> Result<Vec<u8>> {
    let path = inventory.file.as_path();
    let bytes = std::fs::read(path).map_err(|error| {
        let exit = match error.kind() {
            std::io::ErrorKind::NotFound => Exit::NotFound,
            _ => Exit::BadInput,
        };
        let what = format!("cannot read the bill of materials {}", path.display());
        Error::new(exit, what).caused_by(&error).next(remedy(path))
    })?;
    let found = hash(&bytes);
    if found != inventory.sha256 {
        let what = format!("{} is not what the record says", path.display());
        return Err(Error::new(Exit::BadInput, what)
            .because(format!("its SHA-256 is {found}, the record's {}", inventory.sha256))
            .next(remedy(path)));
    }
    Ok(bytes)
}

fn remedy(path: &Path) -> String {
    format!(
        "put the file of that run back to {}; or take the member inventory out of the record \
         (`jq 'del(.inventory)'`), and no bill is added to the release",
        path.display()
    )
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use lib_common::record::PackageCounts;

    use super::*;

    #[test]
    fn a_file_that_is_another_one_or_gone_is_refused_with_what_to_do() {
        let directory = std::env::temp_dir();
        let path = directory.join(format!("ail-export-bill-{}.cdx.json", std::process::id()));
        std::fs::write(&path, "{}").expect("a temporary file");
        let mut inventory = Inventory {
            file: path.clone(),
            sha256: hash(b"{}"),
            packages: PackageCounts::default(),
        };
        assert_eq!(read(&inventory).expect("the file"), b"{}");
        inventory.sha256 = hash(b"[]");
        assert_eq!(read(&inventory).expect_err("another one").exit(), Exit::BadInput);
        std::fs::remove_file(&path).expect("it is there");
        assert_eq!(read(&inventory).expect_err("gone").exit(), Exit::NotFound);
    }
}
