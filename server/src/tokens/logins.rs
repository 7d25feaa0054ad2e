//! Who may ask, where a request wants that to be checked: bearer tokens, each good for a number of requests.

use std::collections::VecDeque;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use typed_eventsource_axum::Refusal;

use crate::App;

/// So many bearer tokens are known; the oldest goes first.
const KNOWN: usize = 1024;
const USES: RangeInclusive<u32> = 0..=1000;

/// The bearer tokens that were given out last.
#[derive(Debug, Default)]
pub(crate) struct Logins {
    given: Mutex<Given>,
    /// Keys from the system: who knows one token cannot tell the next.
    keys: RandomState,
}

#[derive(Debug, Default)]
struct Given {
    count: u64,
    /// Each with the number of requests that it is still good for.
    newest: VecDeque<(String, u32)>,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Post {
    uses: u32,
}

impl Default for Post {
    fn default() -> Self {
        Self { uses: 20 }
    }
}

/// The answer of `POST /tokens/login`.
#[derive(Debug, Serialize)]
pub(crate) struct Login {
    token: String,
    uses: u32,
}

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    body: Body,
) -> Result<(StatusCode, Json<Login>), Refusal> {
    let Post { uses } = app.bodies.json(body, r#"{"uses": 20}"#).await?;
    if !USES.contains(&uses) {
        return Err(Refusal::bad_request(format!("uses is {uses}: send 0 to 1000")));
    }
    Ok((StatusCode::CREATED, Json(Login { token: app.logins.give(uses), uses })))
}

impl Logins {
    fn give(&self, uses: u32) -> String {
        let mut given = self.lock();
        given.count += 1;
        let [high, low] = [0, 1].map(|half| self.keys.hash_one((given.count, half)));
        let token = format!("{high:016x}{low:016x}");
        given.newest.push_back((token.clone(), uses));
        if given.newest.len() > KNOWN {
            given.newest.pop_front();
        }
        token
    }

    /// Takes one use off the token in these headers, or says what they lack.
    pub(crate) fn admit(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let Some(shown) = bearer(headers) else {
            let sentence =
                "a token is missing: send the header Authorization: Bearer with one of POST /tokens/login";
            return Err(Refusal::unauthorized(sentence));
        };
        let mut given = self.lock();
        let Some((_, uses)) = given.newest.iter_mut().find(|(token, _)| token == shown) else {
            return Err(Refusal::unauthorized("this token is not known: get one by POST /tokens/login"));
        };
        *uses = uses.checked_sub(1).ok_or_else(|| {
            Refusal::unauthorized("this token is used up: get another one by POST /tokens/login")
        })?;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Given> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The token of the header `Authorization: Bearer …`; the name of the scheme may have any case.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn shown(authorization: &str) -> HeaderMap {
        [(header::AUTHORIZATION, authorization.parse().expect("a value"))].into_iter().collect()
    }

    #[test]
    fn a_token_is_good_for_so_many_requests_however_it_is_written() {
        let logins = Logins::default();
        let token = logins.give(3);
        for scheme in ["Bearer ", "bearer ", "BEARER  "] {
            logins.admit(&shown(&format!("{scheme}{token}"))).expect(scheme);
        }
        assert!(logins.admit(&shown(&format!("Bearer {token}"))).is_err(), "used up");
        for other in ["", &token, "Bearer", "Bearer ", "Bearer x", &format!("Basic {}", logins.give(1))] {
            assert!(logins.admit(&shown(other)).is_err(), "{other}");
        }
    }

    #[test]
    fn so_many_tokens_are_known_and_no_two_are_alike() {
        let logins = Logins::default();
        let tokens: Vec<_> = (0..=KNOWN).map(|_| logins.give(1)).collect();
        assert_eq!(HashSet::<_>::from_iter(&tokens).len(), tokens.len());
        assert_eq!(logins.lock().newest.len(), KNOWN);
        assert!(logins.admit(&shown(&format!("Bearer {}", tokens[0]))).is_err(), "the oldest is gone");
        for token in &tokens[1..] {
            logins.admit(&shown(&format!("Bearer {token}"))).expect("a known token");
        }
        assert_ne!(Logins::default().give(1), Logins::default().give(1), "another server, other tokens");
    }
}
