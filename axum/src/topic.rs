//! What many listen to.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Bytes;
use futures_core::Stream;
use serde::Serialize;
use typed_eventsource::protocol::encode;

use crate::{EncodeError, Entry, Item, Log, LogError, Logged, Sse, SseError};

/// Something that events are published about, and that many listen to. An event is encoded once, however many they are.
///
/// Who listens without an ID gets what is published from now on. The first block tells the ID of the newest event, so that
/// nothing is lost if the connection is cut before the first event. Who listens with an ID gets what it missed, as far as the
/// log goes; where that is not all, a `gap` event comes first ([`Gap`](crate::Gap)), without an ID.
///
/// Clones are the same topic.
pub struct Topic<T> {
    log: Arc<dyn Log>,
    /// `None` where the variant of an enum decides.
    event_type: Option<Cow<'static, str>>,
    data: PhantomData<fn(&T)>,
}

impl<T: Serialize> Topic<T> {
    /// A topic whose events are of one type.
    ///
    /// # Panics
    ///
    /// If the type contains CR or LF, which would end its line.
    #[must_use]
    pub fn new(event_type: impl Into<Cow<'static, str>>, log: impl Log) -> Self {
        let event_type = event_type.into();
        assert!(!event_type.contains(['\r', '\n']), "the event type {event_type:?} contains CR or LF");
        Self { log: Arc::new(log), event_type: Some(event_type), data: PhantomData }
    }

    /// A topic of a serde enum, whose variant is the event type.
    #[must_use]
    pub fn variants(log: impl Log) -> Self {
        Self { log: Arc::new(log), event_type: None, data: PhantomData }
    }

    /// Publishes an event; gives its ID.
    ///
    /// # Errors
    ///
    /// If the data cannot be encoded, or the log cannot keep the event. Nobody gets anything of it then.
    pub async fn publish(&self, data: &T) -> Result<String, PublishError> {
        self.append(data, None).await
    }

    /// Publishes an event, and keeps a text with it that no listener gets: what is large, and asked for by the event's ID
    /// ([`aside`](Self::aside)).
    ///
    /// # Errors
    ///
    /// As [`publish`](Self::publish). The log counts the bytes of the text, too.
    pub async fn publish_with(&self, data: &T, aside: String) -> Result<String, PublishError> {
        self.append(data, Some(aside)).await
    }

    async fn append(&self, data: &T, aside: Option<String>) -> Result<String, PublishError> {
        let item = Item::new(data);
        let block = match &self.event_type {
            Some(event_type) => item
                .event_type(event_type.clone())
                .encode()
                .map_err(|error| PublishError::Encode { event_type: event_type.to_string(), error }),
            None => item
                .encode_variant()
                .map_err(|(event_type, error)| PublishError::Encode { event_type, error }),
        };
        let mut fields = block?;
        // The empty line comes after the ID.
        fields.pop();
        let id = self.log.append(Entry { fields, aside }).await.map_err(PublishError::Log)?;
        Ok(id.to_string())
    }
}

impl<T> Topic<T> {
    /// What a client gets that wants to resume after this ID: a [`LastEventId`](crate::LastEventId), or `None`. Turned into an
    /// [`Sse`], it is an answer.
    pub fn stream(&self, last_event_id: impl Into<Option<String>>) -> TopicStream {
        TopicStream { logged: self.log.after(last_event_id.into()), _log: Arc::clone(&self.log) }
    }

    /// The text that was published with the event of this ID. `None` if the log does not have the event, or the event has no
    /// text.
    pub async fn aside(&self, id: &str) -> Option<Arc<str>> {
        self.log.aside(id.to_owned()).await
    }

    /// How many clones and streams there are beside this one.
    pub(crate) fn others(&self) -> usize {
        Arc::strong_count(&self.log) - 1
    }
}

impl<T> Clone for Topic<T> {
    fn clone(&self) -> Self {
        Self { log: Arc::clone(&self.log), event_type: self.event_type.clone(), data: PhantomData }
    }
}

impl<T> fmt::Debug for Topic<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Topic").field("event_type", &self.event_type).finish_non_exhaustive()
    }
}

/// What one client gets of a topic, as blocks of an event stream. It does not end.
#[must_use = "a stream does nothing until it is returned from a handler, as an `Sse`"]
pub struct TopicStream {
    logged: Pin<Box<dyn Stream<Item = Logged> + Send>>,
    /// Tells that the topic is in use.
    _log: Arc<dyn Log>,
}

impl Stream for TopicStream {
    type Item = Result<Bytes, SseError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.logged.as_mut().poll_next(context).map(|next| {
            next.map(|logged| match logged {
                Logged::Event(block) => Ok(block),
                Logged::Begin(id) => Ok(format!("id: {id}\n\n").into()),
                Logged::Gap(gap) => Item::new(gap)
                    .event_type("gap")
                    .encode()
                    .map(Bytes::from)
                    .map_err(|error| SseError::encode("gap", error)),
                Logged::Trouble(text) => Ok(encode::comment(&text).into()),
            })
        })
    }
}

impl fmt::Debug for TopicStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TopicStream").finish_non_exhaustive()
    }
}

impl From<TopicStream> for Sse {
    fn from(stream: TopicStream) -> Self {
        Self::of_blocks(stream)
    }
}

/// An event was not published.
#[derive(Debug)]
#[non_exhaustive]
pub enum PublishError {
    /// It could not be encoded.
    Encode {
        /// The type of the event, as far as it is known.
        event_type: String,
        /// What is wrong with it.
        error: EncodeError,
    },
    /// The log could not keep it.
    Log(LogError),
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encode { event_type, error } => {
                write!(f, "an event of the type {event_type:?} could not be encoded: {error}")
            }
            Self::Log(error) => error.fmt(f),
        }
    }
}

impl Error for PublishError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Encode { error, .. } => Some(error),
            Self::Log(error) => Some(error),
        }
    }
}
