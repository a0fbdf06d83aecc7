//! Which fields of an event are left out when it is written.

use crate::{ApiError, Custom, ExportedFile, Str, StrMap, TaskId, Timestamp, User};

/// What may be left out where there is nothing.
pub(super) trait Absent {
    /// Whether it is left out.
    fn is_absent(&self) -> bool {
        false
    }
}

impl<T> Absent for Option<T> {
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T> Absent for Vec<T> {
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl Absent for ApiError {}
impl Absent for ExportedFile {}
impl Absent for TaskId {}
impl Absent for Custom {}
impl Absent for Str {}
impl Absent for String {}
impl Absent for Timestamp {}
impl Absent for bool {}
impl Absent for i64 {}
impl<C> Absent for User<C> {}
impl<T> Absent for StrMap<T> {}
