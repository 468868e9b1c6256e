//! Durations and sizes, as they are written on the command line.

use std::time::Duration;

use jiff::SignedDuration;

/// `90s`, `2h`, `1h30m`, or a number of seconds.
pub fn duration(text: &str) -> Result<Duration, String> {
    let seconds = || text.parse().ok().map(Duration::from_secs);
    let written = || Duration::try_from(text.parse::<SignedDuration>().ok()?).ok();
    seconds().or_else(written).ok_or_else(|| format!("`{text}` is not a duration such as 90s, 2h or 1h30m"))
}

/// A duration that is not zero.
pub fn time_limit(text: &str) -> Result<Duration, String> {
    duration(text).and_then(|limit| if limit.is_zero() { Err("must be longer than 0".into()) } else { Ok(limit) })
}

/// `256M`, `1G`, or a number of bytes. The units are powers of 1024.
pub fn size(text: &str) -> Result<usize, String> {
    let units: [(&str, u32); 4] = [("K", 10), ("M", 20), ("G", 30), ("", 0)];
    let upper = text.to_uppercase();
    let plain = upper.trim_end_matches('B').trim_end_matches('I');
    let parsed = units.iter().find_map(|(unit, power)| {
        let number: usize = plain.strip_suffix(unit)?.trim_end().parse().ok()?;
        number.checked_mul(1 << power)
    });
    parsed.ok_or_else(|| format!("`{text}` is not a size such as 256M, 1G or a number of bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units_or_are_seconds() {
        for (text, seconds) in [
            ("0", Some(0)),
            ("90", Some(90)),
            ("90s", Some(90)),
            ("2h", Some(7200)),
            ("1h30m", Some(5400)),
            ("5 min", Some(300)),
        ] {
            assert_eq!(duration(text).ok(), seconds.map(Duration::from_secs), "{text}");
        }
        for text in ["", "-5s", "-1", "h", "1 fortnight", "99999999999999999999"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_have_units_or_are_bytes() {
        for (text, bytes) in
            [("0", 0), ("1000", 1000), ("64K", 65536), ("2m", 2 << 20), ("1GiB", 1 << 30), ("3 MB", 3 << 20)]
        {
            assert_eq!(size(text).ok(), Some(bytes), "{text}");
        }
        for text in ["", "M", "-1", "1.5M", "1T", "99999999999G"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
