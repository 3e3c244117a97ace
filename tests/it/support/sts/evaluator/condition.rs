//! Conditions.

use super::{Context, pattern};

/// That `key` of the request stands in the relation `operator` to one of `wanted`.
pub(super) struct Condition<'c> {
    pub(super) operator: &'c str,
    pub(super) key: &'c str,
    pub(super) wanted: &'c [String],
    /// Whether `${…}` in `wanted` is a variable.
    pub(super) has_variables: bool,
}

impl Condition<'_> {
    /// Whether it holds.
    pub(super) fn holds(&self, context: &Context) -> bool {
        let Self { operator, key, wanted, has_variables } = *self;
        let found = context.get(key);
        if operator == "Null" {
            let [wanted] = wanted else { panic!("Null with several values: {key}") };
            return truth(wanted) == found.is_none();
        }
        let (set, relation) = match operator.split_once(':') {
            Some((set @ ("ForAllValues" | "ForAnyValue"), relation)) => (Some(set), relation),
            Some(_) => panic!("unknown operator: {operator}"),
            None => (None, operator),
        };
        let (relation, if_exists) = match relation.strip_suffix("IfExists") {
            Some(relation) => (relation, true),
            None => (relation, false),
        };
        let relation = Relation::of(relation, has_variables);
        let Some(found) = found else {
            return match set {
                // Rule: IAM User Guide, "Set operators for multivalued context keys".
                Some("ForAllValues") => true,
                Some(_) => if_exists,
                None => if_exists || relation.is_negated,
            };
        };
        let one = |value: &String| relation.holds(value, wanted, context);
        match (set, found) {
            (Some("ForAllValues"), values) => values.iter().all(one),
            (Some(_), values) => values.iter().any(one),
            (None, [value]) => one(value),
            (None, _) => panic!("{operator} on {key}, which has several values"),
        }
    }
}

struct Relation {
    fits: fn(&str, &str, Reading<'_>) -> bool,
    is_negated: bool,
    has_variables: bool,
}

#[derive(Clone, Copy)]
struct Reading<'c> {
    context: &'c Context,
    has_variables: bool,
}

impl Relation {
    fn of(name: &str, has_variables: bool) -> Self {
        let positive = |fits| Self { fits, is_negated: false, has_variables };
        let negated = |fits| Self { fits, is_negated: true, has_variables };
        match name {
            "StringEquals" => positive(equal),
            "StringNotEquals" => negated(equal),
            "StringEqualsIgnoreCase" => positive(equal_in_any_case),
            "StringNotEqualsIgnoreCase" => negated(equal_in_any_case),
            // Rule: "ArnEquals and ArnLike behave identically".
            "StringLike" | "ArnEquals" | "ArnLike" => positive(alike),
            "StringNotLike" | "ArnNotEquals" | "ArnNotLike" => negated(alike),
            "Bool" => positive(|value, wanted, _| truth(value) == truth(wanted)),
            "NumericEquals" => positive(|value, wanted, _| number(value) == number(wanted)),
            "NumericNotEquals" => negated(|value, wanted, _| number(value) == number(wanted)),
            "NumericLessThan" => positive(|value, wanted, _| number(value) < number(wanted)),
            "NumericLessThanEquals" => positive(|value, wanted, _| number(value) <= number(wanted)),
            "NumericGreaterThan" => positive(|value, wanted, _| number(value) > number(wanted)),
            "NumericGreaterThanEquals" => {
                positive(|value, wanted, _| number(value) >= number(wanted))
            }
            _ => panic!("unknown operator: {name}"),
        }
    }

    fn holds(&self, value: &str, wanted: &[String], context: &Context) -> bool {
        let reading = Reading { context, has_variables: self.has_variables };
        wanted.iter().any(|wanted| (self.fits)(value, wanted, reading)) != self.is_negated
    }
}

fn equal(value: &str, wanted: &str, reading: Reading<'_>) -> bool {
    if reading.has_variables && wanted.contains("${") {
        assert!(!wanted.contains(['*', '?']), "a variable beside a letter that stands for itself");
        return alike(value, wanted, reading);
    }
    pattern::literal(wanted).fits(value)
}

fn equal_in_any_case(value: &str, wanted: &str, reading: Reading<'_>) -> bool {
    equal(&value.to_lowercase(), &wanted.to_lowercase(), reading)
}

fn alike(value: &str, wanted: &str, reading: Reading<'_>) -> bool {
    let pattern = if reading.has_variables {
        pattern::with_variables(wanted, reading.context)
    } else {
        Some(pattern::of(wanted))
    };
    pattern.is_some_and(|pattern| pattern.fits(value))
}

fn truth(text: &str) -> bool {
    text.parse().unwrap_or_else(|_| panic!("neither true nor false: {text}"))
}

fn number(text: &str) -> i64 {
    text.parse().unwrap_or_else(|_| panic!("no whole number: {text}"))
}
