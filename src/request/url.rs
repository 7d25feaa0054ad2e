use std::error::Error;
use std::fmt;
use std::pin::Pin;

use super::headers::Attempt;

type Answer = Pin<Box<dyn Future<Output = Result<String, Box<dyn Error>>>>>;

/// The URL of an event stream: the same for every attempt, or asked for before each.
///
/// ```
/// # use std::error::Error;
/// # use typed_eventsource::{TypedEventSource, Url};
/// # async fn token() -> Result<String, Box<dyn Error>> { Ok("secret".into()) }
/// let fixed = TypedEventSource::connect("/feed");
/// let fresh = TypedEventSource::connect(Url::from_fn(|_attempt| async {
///     Ok(format!("/feed?token={}", token().await?))
/// }));
/// ```
pub struct Url(Kind);

enum Kind {
    Fixed(String),
    Asked(AskedUrl),
}

/// A URL that is asked for before each attempt.
pub(crate) struct AskedUrl(Box<dyn Fn(Attempt) -> Answer>);

impl Url {
    /// A URL that is asked for before each attempt, such as one with a token that expires. It takes the fetch transport.
    ///
    /// The connect timeout covers the answer. An error is a failed attempt like one that the network failed, and its message
    /// goes into the [`Cause::Network`](crate::Cause::Network). An answer that is no URL of HTTP, or has a password, closes
    /// the source: see [`CloseReason::Fatal`](crate::CloseReason::Fatal).
    pub fn from_fn<F, A, U>(ask: F) -> Self
    where
        F: Fn(Attempt) -> A + 'static,
        A: Future<Output = Result<U, Box<dyn Error>>> + 'static,
        U: Into<String>,
    {
        Self(Kind::Asked(AskedUrl(Box::new(move |attempt| {
            let answer = ask(attempt);
            Box::pin(async move { answer.await.map(Into::into) })
        }))))
    }

    /// As it was given, or what asks for it.
    pub(crate) fn known(self) -> Result<String, AskedUrl> {
        match self.0 {
            Kind::Fixed(url) => Ok(url),
            Kind::Asked(asked) => Err(asked),
        }
    }

    /// As it was given, if it need not be asked for.
    pub(crate) fn fixed(&self) -> Option<&str> {
        match &self.0 {
            Kind::Fixed(url) => Some(url),
            Kind::Asked(_) => None,
        }
    }
}

impl AskedUrl {
    /// That of an attempt; why not, if there is none.
    #[cfg(feature = "fetch")]
    pub(crate) async fn ask(&self, attempt: Attempt) -> Result<String, String> {
        (self.0)(attempt).await.map_err(|error| error.to_string())
    }
}

impl<T: Into<String>> From<T> for Url {
    fn from(url: T) -> Self {
        Self(Kind::Fixed(url.into()))
    }
}

/// It may hold a secret.
impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Url").finish_non_exhaustive()
    }
}
