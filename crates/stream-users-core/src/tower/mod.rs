//! Transports and tower services (feature `tower`): each as the other.
//!
//! Here belong the two adapters alone; a stack of layers is the application's own.

mod service;
mod transport;

pub use self::service::TransportService;
pub use self::transport::ServiceTransport;
