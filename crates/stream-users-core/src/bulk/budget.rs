//! [`FailureBudget`]: how many rows may fail before a run stops.

/// How many rows may fail before a run stops: a number, a share of the rows that were tried, or both, where the run stops
/// only when both are exceeded. Without either, all may.
///
/// ```
/// use stream_users_core::bulk::FailureBudget;
///
/// // Stops where more than half failed, but not before 1,000 have.
/// let budget = FailureBudget::new().count(1_000).share(0.5);
/// assert!(!budget.is_spent(900, 900));
/// assert!(budget.is_spent(1_001, 1_500));
/// assert!(!budget.is_spent(1_001, 3_000));
/// assert!(!FailureBudget::new().is_spent(1_000_000, 1_000_000));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[must_use]
pub struct FailureBudget {
    count: Option<u64>,
    share: Option<f64>,
}

impl FailureBudget {
    /// A budget without a bound.
    pub const fn new() -> Self {
        Self {
            count: None,
            share: None,
        }
    }

    /// This many rows may fail.
    pub const fn count(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }

    /// This share of the rows that were tried may fail, from 0 to 1.
    pub const fn share(mut self, share: f64) -> Self {
        self.share = Some(share);
        self
    }

    /// Whether more failed than may: `failed` of `tried`.
    #[must_use]
    pub fn is_spent(&self, failed: u64, tried: u64) -> bool {
        let above_count = self.count.map(|count| failed > count);
        #[expect(clippy::cast_precision_loss, reason = "a share needs no more")]
        let above_share = self.share.map(|share| failed as f64 > share * tried as f64);
        match (above_count, above_share) {
            (None, None) => false,
            (count, share) => count.unwrap_or(true) && share.unwrap_or(true),
        }
    }
}
