//! The next item of a stream.

use std::future::poll_fn;
use std::pin::Pin;

use futures_core::Stream;

pub(crate) async fn next<S: Stream + ?Sized>(mut stream: Pin<&mut S>) -> Option<S::Item> {
    poll_fn(|context| stream.as_mut().poll_next(context)).await
}
