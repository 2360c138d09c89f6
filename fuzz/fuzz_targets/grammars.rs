//! The small languages inside of objects: schedules, images, versions, quantities, times. The first byte chooses one.
#![no_main]

use kready_checks::{
    kubernetes::{ImageRef, schedule::Schedule, versions::minor_of},
    wire::{Decode, IntOrString, Quantity, Rounding, Time},
};
use libfuzzer_sys::fuzz_target;

const NOW: Time = Time(1_795_575_600);

fuzz_target!(|data: &[u8]| {
    let Some((language, text)) = data.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let json = serde_json::Value::from(text);
    match language % 6 {
        0 => {
            if let Ok(schedule) = text.parse::<Schedule>() {
                for is_utc in [false, true] {
                    if let Some(seconds) = schedule.last_intervals(NOW, 2, is_utc) {
                        assert!(seconds > 0, "{text}: {seconds}");
                    }
                }
            }
        }
        1 => {
            if let Some(image) = ImageRef::parse(text) {
                let _ = (image.name(), image.base_name().len(), image.is_latest(), image.is_pause());
            }
        }
        2 => {
            minor_of(text);
        }
        3 => {
            if let Ok(quantity) = Quantity::decode(json) {
                let _ = (quantity.value(), quantity.is_set(), quantity.nanos());
                assert_eq!(quantity.text().as_str(), text);
            }
        }
        4 => {
            if let Ok(time) = text.parse::<Time>() {
                let _ = time.plus(i64::MAX);
            }
        }
        _ => {
            if let Ok(value) = IntOrString::decode(json) {
                for of in [i32::MIN, 0, 3, i32::MAX] {
                    let _ = (value.resolve(of, Rounding::Up), value.resolve(of, Rounding::Down));
                }
            }
        }
    }
});
