//! The envelope of everything that people do.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::ids::{DeviceId, FactId, MemberId};

/// Milliseconds since 1970-01-01T00:00:00Z. A laptop's clock: shown to people, never used for order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, TS)]
#[serde(transparent)]
#[ts(type = "number")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Timestamp(pub i64);

/// An immutable fact. Never updated; what is current is derived from facts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact<Body> {
    /// UUIDv7, made where the fact was made.
    pub id: FactId,
    /// Who did it.
    pub author: MemberId,
    /// On which device.
    pub device: DeviceId,
    /// The how-manieth fact of that device, from 1 upwards, never used twice.
    pub device_no: u64,
    /// When, by that device's clock.
    pub time: Timestamp,
    /// Its place in the hub's sequence; `None` while it is on this laptop only.
    pub seq: Option<u64>,
    /// What was done.
    pub body: Body,
}
