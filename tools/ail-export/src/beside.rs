//! The small files beside the disks: read whole, written with the release's tags.

use std::collections::HashMap;

use aws_sdk_s3::primitives::ByteStream;
use lib_common::aws::During;
use lib_common::tags::{self, Tags};
use lib_common::undo::Ticket;
use lib_common::{AssetId, Context, Error, Exit, Result};

use crate::place::Place;
use crate::stored;

/// Sums and signature of a release of a hundred files are a few KiB, a bill of materials some
/// hundred; an inventory reads 16 MiB at most, of which each package is told in a few lines.
const LARGEST: i64 = 64 << 20;

/// The metadata by which the file is known for the release's own.
const ASSET_ID: &str = "asset-id";
/// The metadata of a file that is true of one image only.
const IMAGE: &str = "image-id";

/// A small file of a release.
#[derive(Clone, Debug)]
pub struct Beside {
    pub context: Context,
    pub place: Place,
    pub asset_id: AssetId,
    pub key: String,
    pub content_type: &'static str,
}

/// What a small file has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    pub bytes: Vec<u8>,
    /// The image that it was made of, where it is told.
    pub image: Option<String>,
}

impl Content {
    pub fn text(text: &str) -> Self {
        Self { bytes: text.as_bytes().to_vec(), image: None }
    }

    pub fn is(&self, text: &str) -> bool {
        self.bytes == text.as_bytes()
    }
}

impl Beside {
    /// What is there now; one that is not the release's own is an error.
    pub async fn read(&self) -> Result<Option<Content>> {
        let place = &self.place;
        let call = place.s3.get_object().bucket(&place.bucket).key(&self.key);
        let answer = call.expected_bucket_owner(&place.account).send().await.during("GetObject");
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(place.cannot("read", &self.key)(error)),
        };
        let owner = answer.metadata().and_then(|metadata| metadata.get(ASSET_ID));
        let own = owner.is_some_and(|id| id == self.asset_id.as_str());
        if !own || answer.content_length().is_none_or(|length| length > LARGEST) {
            let object = place.s3(&self.key);
            let exists = format!("{object} exists already: this tool did not put it there");
            return Err(Error::new(Exit::Exists, exists)
                .next(format!("remove it (`aws s3 rm '{object}'`)")));
        }
        let image = answer.metadata().and_then(|metadata| metadata.get(IMAGE)).cloned();
        let body = answer.body.collect().await.map_err(|error| {
            Error::new(Exit::Refused, format!("cannot read {}", place.s3(&self.key)))
                .caused_by(&error)
        })?;
        Ok(Some(Content { bytes: body.to_vec(), image }))
    }

    /// Writes it. What was there before comes back if the run fails later.
    ///
    /// In both cases it goes on to be of the run that wrote it first: who removes what this run
    /// made must not take a file from a release that was there before.
    pub async fn write(&self, content: Content, earlier: Option<Content>) -> Result<Ticket> {
        let object = self.place.s3(&self.key);
        let tags = match &earlier {
            Some(_) => self.tags_of_first_run().await?,
            None => self.context.lasting_tags(&self.asset_id),
        };
        let (what, own) = match &earlier {
            Some(_) => (format!("put {object} back as it was"), self.clone()),
            None => (format!("remove {object}"), self.clone()),
        };
        let tags_then = tags.clone();
        let ticket = self.context.undo().push(what, "run the same command again", async move {
            match earlier {
                Some(earlier) => own.put(earlier, tags_then).await,
                None => stored::delete(&own.place, &own.key).await.map(drop),
            }
        });
        let own = self.clone();
        self.context.undo().finish(async move { own.put(content, tags).await }).await?;
        Ok(ticket)
    }

    /// The usual tags, with the run of what is there; without one, where that has none.
    async fn tags_of_first_run(&self) -> Result<Tags> {
        let place = &self.place;
        let call = place.s3.get_object_tagging().bucket(&place.bucket).key(&self.key);
        let answer = call.expected_bucket_owner(&place.account).send().await;
        let answer =
            answer.during("GetObjectTagging").map_err(place.cannot("look at", &self.key))?;
        let first = answer.tag_set().iter().find(|tag| tag.key() == tags::RUN);
        let mut tags = self.context.lasting_tags(&self.asset_id);
        tags.retain(|(key, _)| key != tags::RUN);
        tags.extend(first.map(|tag| (tags::RUN.to_owned(), tag.value().to_owned())));
        Ok(tags)
    }

    async fn put(&self, content: Content, tags: Tags) -> Result<()> {
        let place = &self.place;
        let own = [(ASSET_ID, self.asset_id.to_string())];
        let marks = own.into_iter().chain(content.image.map(|image| (IMAGE, image)));
        let marks: HashMap<_, _> = marks.map(|(key, value)| (key.to_owned(), value)).collect();
        let call = place
            .s3
            .put_object()
            .bucket(&place.bucket)
            .key(&self.key)
            .body(ByteStream::from(content.bytes))
            .content_type(self.content_type)
            // It changes with each disk that is added: no edge may hold an old one.
            .cache_control("no-cache")
            .set_metadata(Some(marks))
            .tagging(stored::tagging(&tags))
            .expected_bucket_owner(&place.account);
        let put = call.send().await.during("PutObject");
        put.map(drop).map_err(place.cannot("write", &self.key))
    }
}
