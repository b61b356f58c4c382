//! The notes themselves, in Markdown.

use std::fmt::Write;

use humansize::{BINARY, format_size};
use lib_common::AssetId;
use lib_common::asset::Asset;
use lib_common::record::{Bill, Checksums, Export, Format, Image};

use super::verification;

/// What a link alone does not tell.
const IN_RANGES: &str = "Where CloudFront serves a file over 50 GB, it does so only in ranges \
    (`curl --range`): a browser cannot download it.";

/// What the notes are made of.
#[derive(Debug)]
pub struct Notes<'a> {
    /// What the file of changes tells of the release, with `\n` at the ends of lines.
    pub changes: Option<String>,
    /// The level of the headings.
    pub level: usize,
    /// The release's asset id.
    pub asset_id: Option<&'a AssetId>,
    /// The region of the image.
    pub region: Option<&'a str>,
    /// The machine image.
    pub image: Option<&'a Image>,
    /// The exported disks.
    pub exports: &'a [Export],
    /// The bill of materials of what is inside them.
    pub bill: Option<&'a Bill>,
    /// The sums of all files, and who signed them.
    pub checksums: Option<&'a Checksums>,
    /// Everything that the release is made of.
    pub assets: &'a [Asset],
}

impl Notes<'_> {
    /// The text, without the marks around it. The same release has the same text.
    pub fn text(&self) -> String {
        let changes = self.changes.clone().filter(|changes| !changes.is_empty());
        let parts = [changes, self.images(), self.verification(), self.assets()];
        parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
    }

    fn images(&self) -> Option<String> {
        let machine = self.image.map(|image| self.machine_image(image));
        let disks = self.exports.iter().map(disk);
        let bill = self.bill.map(|bill| {
            let what = "bill of materials (CycloneDX)".to_owned();
            file(what, &bill.key, &bill.url, bill.bytes, &bill.sha256)
        });
        let rows: Vec<_> = machine.into_iter().chain(disks).chain(bill).collect();
        let heads = ["Image", "Where", "Size", "SHA-256"];
        let table = (!rows.is_empty()).then(|| self.table("Images", &heads, &rows))?;
        Some(match self.exports.iter().any(Export::comes_in_ranges) {
            true => format!("{table}\n\n{IN_RANGES}"),
            false => table,
        })
    }

    fn machine_image(&self, image: &Image) -> Vec<String> {
        let region = self.region.map_or_else(String::new, |region| format!(" in {region}"));
        let whose = match (image.public, image.shared_with.len()) {
            (true, _) => ", public".to_owned(),
            (false, 0) => String::new(),
            (false, 1) => ", shared with 1 account".to_owned(),
            (false, n) => format!(", shared with {n} accounts"),
        };
        let place = format!("{}{region}{whose}", code(&image.id));
        vec!["Amazon Machine Image".to_owned(), place, String::new(), String::new()]
    }

    fn verification(&self) -> Option<String> {
        let told = verification::text(self.checksums?, self.asset_id);
        Some(format!("{} Verification\n\n{told}", "#".repeat(self.level)))
    }

    fn assets(&self) -> Option<String> {
        let row = |asset: &Asset| {
            let id = asset.short_id();
            let name = asset.name.as_deref().filter(|name| *name != id).unwrap_or_default();
            let size = asset.bytes.map_or_else(String::new, |bytes| format_size(bytes, BINARY));
            vec![asset.kind.noun().to_owned(), cell(name), size, code(id)]
        };
        let rows: Vec<_> = self.assets.iter().map(row).collect();
        (!rows.is_empty()).then(|| self.table("Assets", &["Type", "Name", "Size", "Id"], &rows))
    }

    fn table(&self, title: &str, heads: &[&str], rows: &[Vec<String>]) -> String {
        let mut text = format!("{} {title}\n\n", "#".repeat(self.level));
        let line = |cells: &[String]| {
            let filled = cells.iter().map(|cell| match cell.is_empty() {
                true => "-",
                false => cell,
            });
            format!("| {} |", filled.collect::<Vec<_>>().join(" | "))
        };
        let heads: Vec<_> = heads.iter().map(|head| (*head).to_owned()).collect();
        let rule = "|---".repeat(heads.len());
        write!(text, "{}\n{rule}|", line(&heads)).expect("a string takes it");
        for row in rows {
            write!(text, "\n{}", line(row)).expect("a string takes it");
        }
        text
    }
}

fn disk(export: &Export) -> Vec<String> {
    let format = match export.format {
        Format::Vmdk => "VMDK (VMware, VirtualBox)",
        Format::Vhd => "VHD (Hyper-V)",
        Format::Raw => "raw disk",
    };
    file(format.to_owned(), &export.key, &export.url, export.bytes, &export.sha256)
}

fn file(what: String, key: &str, url: &str, bytes: u64, sha256: &str) -> Vec<String> {
    let name = key.rsplit('/').next().unwrap_or(key);
    vec![what, link(name, url), format_size(bytes, BINARY), code(sha256)]
}

/// Whether it is an address of the web, with nothing that ends a link or a cell.
pub fn is_address(url: &str) -> bool {
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    is_web && !url.contains(|c: char| c.is_whitespace() || c.is_control() || "<>|".contains(c))
}

/// A link where there is an address of the web, else the name alone.
pub fn link(name: &str, url: &str) -> String {
    match is_address(url) {
        true => format!("[{}](<{url}>)", cell(name).replace(['[', ']'], "")),
        false => code(name),
    }
}

/// Text in a cell: a line break would end the table, a bar the cell.
fn cell(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.replace('\\', "\\\\").replace('|', "\\|").replace('<', "\\<")
}

/// Text that is to be copied. Without it there is no mark either.
pub fn code(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.is_empty() {
        true => line,
        // A bar ends a cell even in code; a grave accent would end the code.
        false => format!("`{}`", line.replace('`', "'").replace('|', "\\|")),
    }
}

#[cfg(test)]
mod tests {
    use lib_common::asset::Kind;

    use super::*;

    fn export(url: &str) -> Export {
        Export {
            format: Format::Vmdk,
            task: "export-ami-1".to_owned(),
            bucket: "b".to_owned(),
            key: "ai_lab/1.0/ai-lab-1.0.vmdk".to_owned(),
            bytes: 3 << 29,
            sha256: "ab".repeat(32),
            url: url.to_owned(),
        }
    }

    #[test]
    fn each_part_has_its_heading_and_its_table() {
        let image = Image {
            id: "ami-1".to_owned(),
            name: "ail-1.0".to_owned(),
            state: "available".to_owned(),
            snapshots: vec![],
            public: true,
            shared_with: vec![],
            deprecated_at: None,
        };
        let mut stack = Asset::new(Kind::Stack, "arn:aws:x");
        stack.name = Some("a stack".to_owned());
        let mut snapshot = Asset::new(Kind::Snapshot, "snap-1");
        snapshot.bytes = Some(8 << 30);
        let notes = Notes {
            changes: Some("### Added\n\n- a".to_owned()),
            level: 3,
            asset_id: None,
            region: Some("eu-central-1"),
            image: Some(&image),
            exports: &[export("https://d.cloudfront.net/ai_lab/1.0/ai-lab-1.0.vmdk")],
            bill: None,
            checksums: None,
            assets: &[stack, snapshot],
        };
        let sum = "ab".repeat(32);
        assert_eq!(
            notes.text(),
            format!(
                "### Added\n\n- a\n\n\
                 ### Images\n\n\
                 | Image | Where | Size | SHA-256 |\n\
                 |---|---|---|---|\n\
                 | Amazon Machine Image | `ami-1` in eu-central-1, public | - | - |\n\
                 | VMDK (VMware, VirtualBox) | [ai-lab-1.0.vmdk]\
                 (<https://d.cloudfront.net/ai_lab/1.0/ai-lab-1.0.vmdk>) | 1.50 GiB | `{sum}` |\n\n\
                 ### Assets\n\n\
                 | Type | Name | Size | Id |\n\
                 |---|---|---|---|\n\
                 | stack | - | - | `a stack` |\n\
                 | snapshot | - | 8 GiB | `snap-1` |"
            )
        );
    }

    #[test]
    fn what_a_browser_cannot_download_is_told() {
        let disk = |bytes| Export { bytes, ..export("https://d.cloudfront.net/disk.raw") };
        let text = |export: Export| {
            let notes = Notes {
                changes: None,
                level: 2,
                asset_id: None,
                region: None,
                image: None,
                exports: &[export],
                bill: None,
                checksums: None,
                assets: &[],
            };
            notes.text()
        };
        assert!(text(disk(100 << 30)).ends_with(&format!("|\n\n{IN_RANGES}")));
        assert!(text(disk(50_000_000_000)).ends_with('|'));
    }

    #[test]
    fn nothing_breaks_out_of_its_cell() {
        assert_eq!(cell("a|b\nc <!-- \\"), "a\\|b c \\<!-- \\\\");
        assert_eq!(code("a`|b"), "`a'\\|b`");
        assert_eq!(link("a]b.vhd", "https://h/a"), "[ab.vhd](<https://h/a>)");
        for url in ["", "s3://b/k", "https://h/a b", "https://h/>|x"] {
            assert_eq!(link("a.vhd", url), "`a.vhd`", "{url}");
        }
    }
}
