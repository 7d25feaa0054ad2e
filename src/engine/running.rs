//! The state of a running engine. No code that may be the application's is called under a borrow of it.

use std::cell::RefCell;
use std::collections::{BTreeSet, VecDeque};
use std::rc::{Rc, Weak};
use std::sync::Arc;

use gloo_timers::callback::Timeout;

#[cfg(feature = "fetch")]
use super::pace::Pace;
use super::received::Received;
use super::resuming::{Resuming, Rules};
use super::seam::{Options, Sink};
#[cfg(feature = "fetch")]
use crate::batch::Incoming;
use crate::batch::Spare;
#[cfg(feature = "fetch")]
use crate::js::global;
use crate::protocol::connection::{AttemptId, Config, Connection};
use crate::protocol::instant::Instant;
#[cfg(feature = "fetch")]
use crate::protocol::state::Cause;
use crate::protocol::state::ConnectionState;
use crate::transport::Active;
use crate::transport::later::Later;
use crate::transport::page::Watch;
use crate::transport::url;

pub(super) struct Running {
    pub(super) me: Weak<Running>,
    pub(super) options: Options,
    pub(super) sink: Rc<dyn Sink>,
    pub(super) core: RefCell<Core>,
    pub(super) timer: RefCell<Option<(Timeout, Instant)>>,
    /// While the next read, or the next event over the browser's EventSource, has to wait.
    pub(super) wait: RefCell<Option<Wait>>,
    /// The events of the browser's EventSource that wait.
    pub(super) gathered: RefCell<VecDeque<Received>>,
    /// The events that are being handed over, and those that could not be yet.
    pub(super) due: RefCell<VecDeque<Received>>,
    /// The states that are still to be told.
    pub(super) untold: RefCell<VecDeque<Arc<ConnectionState>>>,
    /// From the start until the end.
    pub(super) watch: RefCell<Option<Watch>>,
}

/// A wait that is under way.
pub(super) struct Wait {
    pub(super) _later: Later,
    pub(super) then: fn(&Running),
}

pub(super) struct Core {
    pub(super) connection: Connection,
    pub(super) resuming: Resuming,
    /// Whether the server is on the same machine.
    pub(super) is_near: bool,
    pub(super) attempts: u64,
    /// The last event ID of the newest event over the browser's EventSource, of the attempt in use.
    pub(super) heard_id: Option<Arc<str>>,
    pub(super) active: Option<(AttemptId, Active)>,
    #[cfg(feature = "fetch")]
    pub(super) incoming: Incoming,
    #[cfg(feature = "fetch")]
    pub(super) pace: Pace,
    /// When the chunk was asked for.
    #[cfg(feature = "fetch")]
    pub(super) asked: Instant,
    pub(super) spare: Spare,
    /// The final URL's origin.
    #[cfg(feature = "fetch")]
    pub(super) origin: Arc<str>,
    /// Whether the attempt goes to another origin than the page's.
    #[cfg(feature = "fetch")]
    pub(super) is_elsewhere: bool,
    /// The permissions that this attempt needs: 1 is a request, 2 the header `Last-Event-ID`, too.
    #[cfg(feature = "fetch")]
    pub(super) needed: u8,
    /// The permissions that were given.
    #[cfg(feature = "fetch")]
    pub(super) allowed: u8,
    /// The newest state that says why a stream was lost.
    #[cfg(feature = "fetch")]
    pub(super) lost: Option<Arc<ConnectionState>>,
    /// The reason why a response is refused whose body is being read.
    #[cfg(feature = "fetch")]
    pub(super) refusal: Option<(AttemptId, Cause)>,
    pub(super) types: BTreeSet<Box<str>>,
}

impl Running {
    pub(super) fn new(options: Options, rules: Rules, config: Config, sink: Rc<dyn Sink>) -> Rc<Self> {
        let core = Core::new(rules, config, url::is_loopback(&options.url));
        Rc::new_cyclic(|me| Self {
            me: me.clone(),
            options,
            sink,
            core: RefCell::new(core),
            timer: RefCell::default(),
            wait: RefCell::default(),
            gathered: RefCell::default(),
            due: RefCell::default(),
            untold: RefCell::default(),
            watch: RefCell::default(),
        })
    }
}

impl Core {
    fn new(rules: Rules, config: Config, is_near: bool) -> Self {
        let seed = (js_sys::Math::random() * (1u64 << 53) as f64) as u64;
        Self {
            connection: Connection::new(config, seed),
            resuming: Resuming::new(rules, seed),
            is_near,
            attempts: 0,
            heard_id: None,
            active: None,
            #[cfg(feature = "fetch")]
            incoming: Incoming::default(),
            #[cfg(feature = "fetch")]
            pace: Pace::default(),
            #[cfg(feature = "fetch")]
            asked: global::now(),
            spare: Spare::default(),
            #[cfg(feature = "fetch")]
            origin: "".into(),
            #[cfg(feature = "fetch")]
            is_elsewhere: false,
            #[cfg(feature = "fetch")]
            needed: 1,
            #[cfg(feature = "fetch")]
            allowed: 0,
            #[cfg(feature = "fetch")]
            lost: None,
            #[cfg(feature = "fetch")]
            refusal: None,
            types: BTreeSet::new(),
        }
    }
}
