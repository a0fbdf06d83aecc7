//! Until the engine's own.
use stream_users_model::UserId;
pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;
#[derive(Debug)]
pub(crate) struct Rejected {
    pub(crate) id: Option<UserId>,
    pub(crate) reason: String,
}
impl Rejected {
    pub(crate) fn new(id: Option<UserId>, reason: String) -> Self {
        Self { id, reason }
    }
}
#[derive(Debug)]
pub(crate) struct Row<T> {
    pub(crate) number: u64,
    pub(crate) item: Result<T, Rejected>,
}
impl<T> Row<T> {
    pub(crate) fn new(number: u64, item: T) -> Self {
        Self {
            number,
            item: Ok(item),
        }
    }
    pub(crate) fn rejected(number: u64, r: Rejected) -> Self {
        Self { number, item: Err(r) }
    }
}
