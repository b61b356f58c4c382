//! The PNG of an SVG, the same on every machine: the font is in the binary.

use std::sync::Arc;

use lib_common::{Error, Exit, Result};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use super::chart::FONT;

/// Twice the size of the SVG, for screens and slides of today.
const SCALE: f32 = 2.0;

/// Draws it.
pub fn png(svg: &str) -> Result<Vec<u8>> {
    let failed = |why: String| Error::new(Exit::Failed, "cannot draw the PNG").because(why);
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(dejavu::sans::regular().to_vec());
    fonts.load_font_data(dejavu::sans::bold().to_vec());
    let options =
        Options { font_family: FONT.to_owned(), fontdb: Arc::new(fonts), ..Options::default() };
    let tree = Tree::from_str(svg, &options).map_err(|error| failed(error.to_string()))?;
    let size = tree.size().to_int_size().scale_by(SCALE);
    let mut pixels = size
        .and_then(|size| Pixmap::new(size.width(), size.height()))
        .ok_or_else(|| failed("it has no size".to_owned()))?;
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| failed(error.to_string()))
}
