use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::pin::Pin;

use super::fields::{self, Fields};
use crate::protocol::state::Cause;

type Answer = Pin<Box<dyn Future<Output = Result<Fields, Box<dyn Error>>>>>;

/// Headers of a request: the same for every attempt, or asked for before each.
///
/// ```
/// # use std::error::Error;
/// # use typed_eventsource::{Headers, TypedEventSource};
/// # async fn token() -> Result<String, Box<dyn Error>> { Ok("secret".into()) }
/// let fixed = TypedEventSource::connect("/feed").headers([("x-region", "eu")]);
/// let fresh = TypedEventSource::connect("/feed").headers(Headers::from_fn(|_attempt| async {
///     Ok([("authorization", format!("Bearer {}", token().await?))])
/// }));
/// ```
pub struct Headers(Kind);

enum Kind {
    Fixed(Fields),
    Asked(Box<dyn Fn(Attempt) -> Answer>),
}

/// The attempt that [headers](Headers::from_fn) are asked for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Attempt {
    /// Its number: 1 for the first; counts up until a stream has been stable.
    pub attempt: u32,
    /// The last event ID that it resumes from; empty if from none.
    pub last_event_id: String,
    /// Why another one is made; `None` for the first. Where a 401 was answered by a
    /// [`Refresh`](super::Refresh), that 401.
    pub cause: Option<Cause>,
}

impl Headers {
    /// Headers that are asked for before each attempt, such as a token that expires.
    ///
    /// The connect timeout covers the answer. An error is a failed attempt like one that the network failed,
    /// and its message goes into the [`Cause::Network`]; so are headers that a request cannot have.
    pub fn from_fn<F, A, H, N, V>(ask: F) -> Self
    where
        F: Fn(Attempt) -> A + 'static,
        A: Future<Output = Result<H, Box<dyn Error>>> + 'static,
        H: IntoIterator<Item = (N, V)>,
        N: Into<String>,
        V: Into<String>,
    {
        Self(Kind::Asked(Box::new(move |attempt| {
            let answer = ask(attempt);
            Box::pin(async move { answer.await.map(owned) })
        })))
    }

    /// Why those that are known cannot be sent.
    pub(super) fn check(&self) -> Result<(), Cow<'static, str>> {
        match &self.0 {
            Kind::Fixed(fields) => fields::check(fields),
            Kind::Asked(_) => Ok(()),
        }
    }

    /// Those that need not be asked for.
    #[cfg(feature = "fetch")]
    pub(crate) fn fixed(&self) -> Option<&Fields> {
        match &self.0 {
            Kind::Fixed(fields) => Some(fields),
            Kind::Asked(_) => None,
        }
    }

    /// Those of an attempt; why not, if there are none.
    #[cfg(feature = "fetch")]
    pub(crate) async fn ask(&self, attempt: Attempt) -> Result<Fields, String> {
        match &self.0 {
            Kind::Fixed(fields) => Ok(fields.clone()),
            Kind::Asked(ask) => {
                let fields = ask(attempt).await.map_err(|error| error.to_string())?;
                fields::check(&fields)?;
                Ok(fields)
            }
        }
    }
}

fn owned<N: Into<String>, V: Into<String>>(fields: impl IntoIterator<Item = (N, V)>) -> Fields {
    fields.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
}

impl<N: Into<String>, V: Into<String>, const LENGTH: usize> From<[(N, V); LENGTH]> for Headers {
    fn from(headers: [(N, V); LENGTH]) -> Self {
        Self(Kind::Fixed(owned(headers)))
    }
}

impl<N: Into<String>, V: Into<String>> From<Vec<(N, V)>> for Headers {
    fn from(headers: Vec<(N, V)>) -> Self {
        Self(Kind::Fixed(owned(headers)))
    }
}

/// Values may be secret.
impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Headers").finish_non_exhaustive()
    }
}
