//! Times against jiff, which knows the calendar.

use std::time::Duration;

use jiff::SignedDuration;
use jiff::civil::{DateTime, date};
use proptest::prelude::*;
use stream_users_model::{ParseTimestampError, Timestamp};

use super::cases;

fn any_nanos() -> impl Strategy<Value = i128> {
    let (min, max) = (Timestamp::MIN.unix_nanos(), Timestamp::MAX.unix_nanos());
    prop_oneof![
        4 => min..=max,
        2 => (min / 1_000_000_000..=max / 1_000_000_000).prop_map(|seconds| seconds * 1_000_000_000),
        1 => prop_oneof![Just(min), Just(min + 1), Just(-1), Just(0), Just(1), Just(max - 1), Just(max)],
    ]
}

fn any_time() -> impl Strategy<Value = Timestamp> {
    any_nanos().prop_map(|nanos| Timestamp::from_unix_nanos(nanos).unwrap())
}

fn unix_epoch() -> DateTime {
    date(1970, 1, 1).at(0, 0, 0, 0)
}

/// The time in UTC as jiff counts it. jiff's own timestamps end a day before year 9999 does, its dates do not.
fn civil(time: Timestamp) -> DateTime {
    let nanos = i32::try_from(time.subsec_nanos()).unwrap();
    unix_epoch()
        .checked_add(SignedDuration::new(time.unix_seconds(), nanos))
        .unwrap()
}

fn nanos_of(civil: DateTime) -> i128 {
    civil.duration_since(unix_epoch()).as_nanos()
}

proptest! {
    #![proptest_config(cases(1_000))]

    #[test]
    fn a_time_is_written_as_jiff_writes_it(time in any_time()) {
        prop_assert_eq!(time.to_string(), format!("{}Z", civil(time)));
    }

    #[test]
    fn what_is_written_is_read_back(time in any_time()) {
        prop_assert_eq!(time.to_string().parse::<Timestamp>(), Ok(time));
        let json = serde_json::to_string(&time).unwrap();
        prop_assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap(), time);
    }

    #[test]
    fn nanoseconds_are_read_as_a_number(nanos in any::<i64>()) {
        let time: Timestamp = serde_json::from_str(&nanos.to_string()).unwrap();
        prop_assert_eq!(time.unix_nanos(), i128::from(nanos));
    }

    #[test]
    fn nanoseconds_round_trip_within_the_range_and_only_there(nanos in any::<i128>(), inside in any_nanos()) {
        let range = Timestamp::MIN.unix_nanos()..=Timestamp::MAX.unix_nanos();
        prop_assert_eq!(Timestamp::from_unix_nanos(nanos).is_some(), range.contains(&nanos));
        let time = Timestamp::from_unix_nanos(inside).unwrap();
        prop_assert_eq!(time.unix_nanos(), inside);
        prop_assert_eq!(i128::from(time.unix_seconds()) * 1_000_000_000 + i128::from(time.subsec_nanos()), inside);
    }

    #[test]
    fn times_are_ordered_as_their_nanoseconds(one in any_nanos(), other in any_nanos()) {
        let times = (Timestamp::from_unix_nanos(one).unwrap(), Timestamp::from_unix_nanos(other).unwrap());
        prop_assert_eq!(times.0.cmp(&times.1), one.cmp(&other));
        let texts = (times.0.to_string(), times.1.to_string());
        let later = times.0.unix_seconds() > times.1.unix_seconds();
        prop_assert_eq!(texts.0[..19] > texts.1[..19], later, "{:?}", texts);
    }

    #[test]
    fn durations_add_up(one in any_time(), other in any_time()) {
        let (early, late) = (one.min(other), one.max(other));
        let between = late.duration_since(early).unwrap();
        prop_assert_eq!(early.checked_add(between), Some(late));
        prop_assert_eq!(late.checked_sub(between), Some(early));
        prop_assert_eq!(early.duration_since(late).is_some(), early == late);
        prop_assert_eq!(Timestamp::MAX.checked_add(between).is_some(), between.is_zero());
    }

    #[test]
    fn durations_are_counted_in_nanoseconds(
        time in any_time(),
        seconds in prop_oneof![0_u64..=10, 0_u64..=400_000_000_000, Just(u64::MAX)],
        nanos in 0_u32..1_000_000_000,
    ) {
        let duration = Duration::new(seconds, nanos);
        let counted = i128::try_from(duration.as_nanos()).unwrap();
        prop_assert_eq!(
            time.checked_add(duration),
            Timestamp::from_unix_nanos(time.unix_nanos() + counted)
        );
        prop_assert_eq!(
            time.checked_sub(duration),
            Timestamp::from_unix_nanos(time.unix_nanos() - counted)
        );
    }

    #[test]
    fn any_date_clock_and_offset_is_read_as_jiff_reads_it(
        (year, month, day) in (0_i16..=9999, 1_i8..=12, 1_i8..=28),
        (hour, minute, second) in (0_i8..=23, 0_i8..=59, 0_i8..=60),
        fraction in "(\\.[0-9]{1,9})?",
        offset in -1_439_i64..=1_439,
        zulu in any::<bool>(),
        separator in "[Tt ]",
    ) {
        let offset = if zulu { 0 } else { offset };
        let zone = match offset {
            0 if zulu => "Z".to_owned(),
            _ => format!("{}{:02}:{:02}", if offset < 0 { '-' } else { '+' }, offset.abs() / 60, offset.abs() % 60),
        };
        let clock = format!("{hour:02}:{minute:02}:{second:02}{fraction}");
        let text = format!("{year:04}-{month:02}-{day:02}{separator}{clock}{zone}");
        // jiff, too, takes the second before for a leap second.
        let local: DateTime = format!("{year:04}-{month:02}-{day:02}T{clock}").parse().unwrap();
        let expected = Timestamp::from_unix_nanos(nanos_of(local) - i128::from(offset) * 60_000_000_000);
        prop_assert_eq!(text.parse::<Timestamp>().ok(), expected, "{}", text);
    }

    /// jiff takes more than RFC 3339, so that it is asked only about what we take.
    #[test]
    fn what_is_taken_jiff_takes_too(
        time in -60_000_000_000_i64..250_000_000_000,
        nanos in 0_u32..1_000_000_000,
        place in 0_usize..32,
        byte in "[-0-9TZ:.+ tz]",
    ) {
        let time = Timestamp::from_unix_seconds(time).unwrap().checked_add(Duration::from_nanos(nanos.into()));
        let mut text = time.unwrap().to_string();
        let place = place % text.len();
        text.replace_range(place..=place, &byte);
        if let Ok(read) = text.parse::<Timestamp>() {
            let jiff: jiff::Timestamp = text.parse().unwrap();
            prop_assert_eq!(read.unix_nanos(), jiff.as_nanosecond(), "{}", text);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,40}", bytes in "[0-9TZ:+. é-]{15,40}") {
        for text in [text, bytes] {
            let refused: Result<Timestamp, ParseTimestampError> = text.parse();
            if let Err(error) = refused {
                prop_assert!(error.to_string().contains("is not an RFC 3339 time"));
            }
        }
    }

    #[test]
    fn system_times_round_trip(time in any_time()) {
        // Not every system can hold every time or every nanosecond.
        let after_1970 = time.max(Timestamp::UNIX_EPOCH);
        let system = std::time::SystemTime::try_from(after_1970).unwrap();
        let back = Timestamp::try_from(system).unwrap();
        prop_assert!(after_1970.duration_since(back).unwrap().as_nanos() < 100);
    }
}

#[test]
fn every_day_around_a_turn_of_a_century_is_jiffs() {
    for (first, last) in [(0, 4), (1899, 1904), (1999, 2004), (9996, 9998)] {
        let mut day = date(first, 1, 1).at(23, 59, 59, 999_999_999);
        while day.year() <= last {
            let time = Timestamp::from_unix_nanos(nanos_of(day)).unwrap();
            assert_eq!(time.to_string(), format!("{day}Z"));
            assert_eq!(format!("{day}Z").parse(), Ok(time));
            day = day.tomorrow().unwrap();
        }
    }
}

#[test]
fn what_is_no_time_is_refused() {
    for text in [
        "",
        "2018-10-05",
        "2018-10-05T04:20:00",
        "2018-10-05T04:20Z",
        "2018-13-05T04:20:00Z",
        "2018-00-05T04:20:00Z",
        "2018-10-00T04:20:00Z",
        "2018-02-29T04:20:00Z",
        "1900-02-29T04:20:00Z",
        "2018-04-31T04:20:00Z",
        "2018-10-05T24:00:00Z",
        "2018-10-05T04:60:00Z",
        "2018-10-05T04:20:61Z",
        "2018-10-05T04:20:00.Z",
        "2018-10-05T04:20:00,5Z",
        "2018-10-05T04:20:00+0200",
        "2018-10-05T04:20:00+24:00",
        "2018-10-05T04:20:00+02:60",
        "2018-10-05T04:20:00+2:00",
        "2018-10-05T04:20:00ZZ",
        "2018-10-05T04:20:00Z ",
        "+2018-10-05T04:20:00Z",
        "2018-10-05_04:20:00Z",
        "9999-12-31T23:59:59-00:01",
        "0000-01-01T00:00:00+00:01",
        "２018-10-05T04:20:00Z",
    ] {
        assert!(text.parse::<Timestamp>().is_err(), "{text}");
    }
    assert!(
        "2000-02-29T23:59:60.1234567899999+23:59"
            .parse::<Timestamp>()
            .is_ok()
    );
    let long = "9".repeat(10_000).parse::<Timestamp>().unwrap_err().to_string();
    assert!(long.len() < 200, "an error does not repeat a text of any length");
}

#[cfg(feature = "jiff")]
#[test]
fn jiff_holds_what_it_can() {
    let time = Timestamp::from_unix_nanos(-1).unwrap();
    let there = jiff::Timestamp::try_from(time).unwrap();
    assert_eq!(there.as_nanosecond(), -1);
    assert_eq!(Timestamp::try_from(there), Ok(time));
    assert!(jiff::Timestamp::try_from(Timestamp::MAX).is_err());
    assert!(Timestamp::try_from(jiff::Timestamp::MIN).is_err());
}

#[cfg(feature = "time")]
#[test]
fn time_holds_the_same() {
    for time in [
        Timestamp::MIN,
        Timestamp::from_unix_nanos(-1).unwrap(),
        Timestamp::MAX,
    ] {
        let there = time::OffsetDateTime::try_from(time).unwrap();
        assert_eq!(there.unix_timestamp_nanos(), time.unix_nanos());
        assert_eq!(Timestamp::try_from(there), Ok(time));
    }
}

#[cfg(feature = "chrono")]
#[test]
fn chrono_holds_the_same() {
    for time in [
        Timestamp::MIN,
        Timestamp::from_unix_nanos(-1).unwrap(),
        Timestamp::MAX,
    ] {
        let there = chrono::DateTime::<chrono::Utc>::try_from(time).unwrap();
        assert_eq!(
            (there.timestamp(), there.timestamp_subsec_nanos()),
            (time.unix_seconds(), time.subsec_nanos())
        );
        assert_eq!(Timestamp::try_from(there), Ok(time));
    }
    assert!(Timestamp::try_from(chrono::DateTime::<chrono::Utc>::MAX_UTC).is_err());
}
