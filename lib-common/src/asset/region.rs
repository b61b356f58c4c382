//! The region of asset lines: their tools work on one at a time.

use super::Asset;
use crate::{Error, Exit, Result};

/// The region that the lines name, where none is set otherwise.
#[must_use]
pub fn region_of(lines: &[Asset]) -> Option<&str> {
    lines.iter().find_map(|asset| asset.region.as_deref())
}

/// Refuses lines that name another region than the one in force: what lies elsewhere
/// would look as if it were gone.
pub fn check_region(lines: &[Asset], region: &str) -> Result<()> {
    for line in lines {
        let Some(other) = line.region.as_deref().filter(|other| *other != region) else {
            continue;
        };
        let what = format!("{} lies in {other}, not in {region}", line.label());
        return Err(Error::new(Exit::BadInput, what)
            .next(format!("give the lines of one region at a time, with --region {other}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asset::Kind;

    #[test]
    fn lines_of_two_regions_are_refused_and_a_local_file_lies_in_none() {
        let mut image = Asset::new(Kind::Image, "ami-1");
        image.region = Some("us-east-1".to_owned());
        let lines = [Asset::new(Kind::KeyFile, "/k"), image];
        assert_eq!(region_of(&lines), Some("us-east-1"));
        check_region(&lines, "us-east-1").expect("all lie there");
        let error = check_region(&lines, "eu-central-1").expect_err("one does not");
        assert_eq!(error.exit(), Exit::BadInput);
        assert_eq!(error.what(), "image ami-1 lies in us-east-1, not in eu-central-1");
    }
}
