//! Whether texts can become numbers such that nothing is lost.

/// What the texts seen so far have in common.
#[derive(Default)]
pub(crate) struct Numbers {
    any: bool,
    /// A number that is not one of the words for infinity and the like.
    any_digits: bool,
    not_integer: bool,
    not_float: bool,
}

/// An integer with more digits may not be exact as a float.
const EXACT_DIGITS: usize = 15;

/// A float with more digits than it takes to tell any two apart would lose some.
const FLOAT_DIGITS: usize = 17;

impl Numbers {
    /// Takes a text into account.
    pub(crate) fn see(&mut self, text: &str) {
        self.any = true;
        if self.not_integer && self.not_float {
            return;
        }
        let is_word = is_word(text);
        self.any_digits |= !is_word;
        self.not_integer |= is_word || !is_integer(text);
        self.not_float |= !(is_word || is_exact(text));
    }

    pub(crate) fn any(&self) -> bool {
        self.any
    }

    pub(crate) fn are_integers(&self) -> bool {
        !self.not_integer
    }

    pub(crate) fn are_floats(&self) -> bool {
        !self.not_float && self.any_digits
    }
}

fn is_word(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    ["nan", "inf", "infinity"].iter().any(|word| unsigned.eq_ignore_ascii_case(word))
}

/// Whether it is an integer of 64 bits in the form in which it would be written again.
fn is_integer(text: &str) -> bool {
    has_plain_start(text) && text != "-0" && text.parse::<i64>().is_ok()
}

/// Whether a float keeps all digits.
fn is_exact(text: &str) -> bool {
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    let digits = mantissa.bytes().filter(u8::is_ascii_digit);
    let significant = digits.skip_while(|digit| *digit == b'0').count();
    let is_short =
        significant <= if text.len() == mantissa.len() && !text.contains('.') { EXACT_DIGITS } else { FLOAT_DIGITS };
    is_short && has_plain_start(text) && text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// Whether it starts with a digit, perhaps after a minus sign, and not with a superfluous zero.
fn has_plain_start(text: &str) -> bool {
    match text.strip_prefix('-').unwrap_or(text).as_bytes() {
        [b'0', next, ..] => !next.is_ascii_digit(),
        [first, ..] => first.is_ascii_digit(),
        [] => false,
    }
}
