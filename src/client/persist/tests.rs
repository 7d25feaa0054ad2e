use std::cell::RefCell;

use super::*;

/// Holds one text, or fails with it.
struct Memory(RefCell<Result<Option<String>, String>>);

impl Storage for Memory {
    fn get(&self, _: &str) -> Result<Option<String>, Box<dyn Error>> {
        Ok(self.0.borrow().clone()?)
    }

    fn set(&self, _: &str, text: &str) -> Result<(), Box<dyn Error>> {
        self.0.borrow_mut().as_mut().map_err(|why| why.clone())?.replace(text.into());
        Ok(())
    }
}

fn place(holds: Result<Option<&str>, &str>) -> Place {
    let holds = holds.map(|text| text.map(str::to_owned)).map_err(str::to_owned);
    Place { storage: Box::new(Memory(RefCell::new(holds))), key: "orders".into() }
}

#[test]
fn what_is_saved_is_loaded() {
    let place = place(Ok(None));
    assert_eq!(place.load(), Ok(None));
    for id in ["7", "order-101/4", "é \u{1f4a1} \"quoted\\", "", "\u{feff}", &"a".repeat(LONGEST_SENT_ID)] {
        place.save(id).expect("it is stored");
        assert_eq!(place.load().as_ref().map(Option::as_deref), Ok(Some(id)));
    }
}

#[test]
fn an_id_that_cannot_be_sent_is_not_saved() {
    let place = place(Ok(None));
    place.save("7").expect("it is stored");
    place.save(&"a".repeat(LONGEST_SENT_ID + 1)).expect("nothing is tried");
    assert_eq!(place.load(), Ok(Some("7".into())));
}

#[test]
fn nothing_but_a_mark_and_the_id_is_stored() {
    assert_eq!(write("7"), "typed-eventsource 1 7");
}

#[test]
fn what_is_foreign_or_broken_is_refused_and_says_why() {
    let long = write(&"a".repeat(LONGEST_SENT_ID + 1));
    for (text, why) in [
        ("", "not written by us"),
        ("7", "not written by us"),
        ("null", "not written by us"),
        ("typed-eventsource 1", "not written by us"),
        (" typed-eventsource 1 7", "not written by us"),
        ("typed-eventsource 2 7", "not written by us"),
        ("typed-eventsource 1 a\nb", "no last event id"),
        ("typed-eventsource 1 a\0b", "no last event id"),
        (&long, "no last event id"),
    ] {
        let refused = place(Ok(Some(text))).load().expect_err(text);
        assert!(refused.contains(why) && refused.contains("\"orders\""), "{text}: {refused}");
    }
}

#[test]
fn a_storage_that_fails_is_told_of() {
    let place = place(Err("the quota is exceeded"));
    for failed in [place.load().expect_err("it fails"), place.save("7").expect_err("it fails")] {
        assert!(failed.contains("\"orders\"") && failed.ends_with("the quota is exceeded"), "{failed}");
    }
}
