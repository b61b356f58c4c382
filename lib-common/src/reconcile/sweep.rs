//! Everything that is not as it was built: the wish, the seals and the account, three ways.

use futures::future::join_all;
use serde_json::Value;

use super::compare::{differences, told};
use super::staying;
use super::{
    Call, Difference, Facts, Finding, Found, Graph, Kind, Known, Resource, Sealed, Seals, Sight,
    Strangers, Survey, Wrong, survey,
};

/// What was seen of an architecture, of what is beside it, and what of both is wrong.
pub(super) struct Sweep {
    pub(super) survey: Survey,
    /// What nobody planned, a list a resource.
    pub(super) strangers: Vec<Strangers>,
    /// The worst first; of the same severity, in the order of the graph.
    pub(super) findings: Vec<Finding>,
}

impl Sweep {
    /// Looks at everything.
    pub(super) async fn new(graph: &Graph, seals: &Seals) -> Self {
        Self::of(graph, survey(graph, seals).await, seals).await
    }

    /// Looks at what is beside all that was seen, and compares.
    pub(super) async fn of(graph: &Graph, mut survey: Survey, seals: &Seals) -> Self {
        weigh_doubles(graph, &mut survey).await;
        let there = survey.known(graph);
        // What is missing is known as it was sealed: what pointed at it is not wrong as well.
        let mut known = there.clone();
        for resource in graph.iter().filter(|resource| !there.has(resource.name())) {
            if let Some(found) = seals.found(resource.name()) {
                known.insert(resource.name(), found);
            }
        }
        let looks = graph.iter().enumerate().map(|(place, resource)| {
            let (found, known) = (there.get(resource.name()), &known);
            async move {
                match found.filter(|_| !graph.is_unwanted(place)) {
                    Some(found) => resource.strangers(found, known).await,
                    None => Strangers::default(),
                }
            }
        });
        let mut strangers = join_all(looks).await;
        // A copy of something planned is told as that.
        let copies = survey.ids();
        for list in &mut strangers {
            list.found.retain(|stranger| !copies.contains(&stranger.id));
        }
        let mut findings = Vec::new();
        for (place, (sight, strangers)) in survey.iter().zip(&strangers).enumerate() {
            let about = About {
                resource: &**graph.resource(place),
                sealed: seals.get(graph.resource(place).name()),
                is_unwanted: graph.is_unwanted(place),
            };
            findings.extend(about.sight(sight, &known));
            findings.extend(about.strangers(strangers));
        }
        findings.sort_by_key(|finding| finding.severity);
        Self { survey, strangers, findings }
    }
}

/// The fact of a double that holds something: what that is, in words.
pub(super) const HOLDS: &str = "holds";

/// Notes on each double what it holds. One that cannot be looked into may hold anything.
async fn weigh_doubles(graph: &Graph, survey: &mut Survey) {
    let doubles = survey.sights.iter_mut().enumerate().flat_map(|(place, sight)| match sight {
        Sight::There { doubles, .. } if !graph.is_unwanted(place) => {
            doubles.iter_mut().map(|double| (graph.resource(place), double)).collect()
        }
        _ => Vec::new(),
    });
    let looks = doubles.map(|(resource, double)| async move {
        let holds = resource.holds(double).await;
        if let Some(what) = holds.unwrap_or_else(|error| Some(error.summary())) {
            double.facts.insert(HOLDS.to_owned(), what.into());
        }
    });
    join_all(looks).await;
}

/// The sealed facts that the wish does not speak of and that are not so any more.
pub(super) fn beyond(
    resource: &dyn Resource,
    sealed: &Sealed,
    found: &Found,
    known: &Known,
) -> Vec<Difference> {
    let wish = resource.wish(known);
    let sealed = sealed.facts.clone().into_iter();
    let unsaid: Facts = sealed.filter(|(fact, _)| !wish.contains_key(fact)).collect();
    differences(&unsaid, &found.facts)
}

/// A resource, and what is told of it.
struct About<'a> {
    resource: &'a dyn Resource,
    sealed: Option<&'a Sealed>,
    is_unwanted: bool,
}

impl About<'_> {
    fn finding(&self, kind: Kind, wrong: &Wrong<'_>, call: Option<&Call<'_>>) -> Finding {
        let mend = call.and_then(|call| self.resource.call(call));
        Finding {
            severity: self.resource.severity(wrong),
            finding: kind,
            kind: self.resource.kind().to_owned(),
            resource: self.resource.name().to_owned(),
            id: None,
            attribute: None,
            expected: Value::Null,
            found: Value::Null,
            mend: mend.map(str::to_owned),
        }
    }

    fn extra(&self, found: &Found, wrong: &Wrong<'_>, call: &Call<'_>) -> Finding {
        Finding {
            id: Some(found.id.clone()),
            found: Value::Object(found.facts.clone()),
            ..self.finding(Kind::Extra, wrong, Some(call))
        }
    }

    fn double(&self, double: &Found) -> Finding {
        let told = self.extra(double, &Wrong::Double(double), &Call::Delete);
        match double.facts.contains_key(HOLDS) {
            true => Finding { mend: None, ..told },
            false => told,
        }
    }

    fn unreadable(&self, what: Option<&str>, why: String) -> Finding {
        Finding {
            attribute: what.map(str::to_owned),
            found: Value::from(why),
            ..self.finding(Kind::Unreadable, &Wrong::Unreadable, None)
        }
    }

    fn sight(&self, sight: &Sight, known: &Known) -> Vec<Finding> {
        match sight {
            sight if self.is_unwanted && sight.is_taken() => Vec::new(),
            Sight::Missing if self.is_unwanted || self.resource.passes() => Vec::new(),
            Sight::There { found, doubles } if self.is_unwanted => std::iter::once(found)
                .chain(doubles)
                .map(|extra| self.extra(extra, &Wrong::Unwanted, &Call::Delete))
                .collect(),
            Sight::Missing => vec![Finding {
                id: self.sealed.map(|sealed| sealed.id.clone()),
                ..self.finding(Kind::Missing, &Wrong::Missing, Some(&Call::Create))
            }],
            Sight::Unreadable(error) => vec![self.unreadable(None, error.summary())],
            Sight::There { found, doubles } => {
                let mut all: Vec<_> = doubles.iter().map(|double| self.double(double)).collect();
                all.extend(self.facts(found, known));
                all
            }
        }
    }

    fn facts(&self, found: &Found, known: &Known) -> Vec<Finding> {
        let mut all = Vec::new();
        let beyond = match self.sealed {
            Some(sealed) => beyond(self.resource, sealed, found, known),
            None => Vec::new(),
        };
        if let Some(sealed) = self.sealed.filter(|sealed| sealed.id != found.id) {
            all.push(self.identity(
                found,
                "id",
                sealed.id.as_str().into(),
                found.id.as_str().into(),
            ));
        }
        for one in differences(&self.resource.wish(known), &found.facts) {
            if names_what_is_missing(&one.expected) {
                continue;
            }
            let mends = self.resource.mends(&one.fact);
            for (kind, one) in told(one) {
                let call = if mends { Call::Mend(&one) } else { Call::Create };
                all.push(self.fact(found, kind, &one, Some(&call)));
            }
        }
        for one in beyond {
            if self.resource.is_known_by(&one.fact) {
                all.push(self.identity(found, &one.fact, one.expected, one.found));
                continue;
            }
            // The wish does not ask for it: `repair` takes it into the new baseline.
            let told = told(one).into_iter();
            all.extend(told.map(|(kind, one)| self.fact(found, kind, &one, None)));
        }
        all
    }

    fn identity(&self, found: &Found, fact: &str, expected: Value, is: Value) -> Finding {
        let call = self.resource.is_known_by(fact).then_some(&Call::Create);
        Finding {
            id: Some(found.id.clone()),
            attribute: Some(fact.to_owned()),
            expected,
            found: is,
            ..self.finding(Kind::Changed, &Wrong::Identity, call)
        }
    }

    fn fact(
        &self,
        found: &Found,
        kind: Kind,
        difference: &Difference,
        call: Option<&Call<'_>>,
    ) -> Finding {
        Finding {
            id: Some(found.id.clone()),
            attribute: Some(difference.fact.clone()),
            expected: difference.expected.clone(),
            found: difference.found.clone(),
            ..self.finding(kind, &Wrong::Fact(kind, difference), call)
        }
    }

    fn strangers(&self, strangers: &Strangers) -> Vec<Finding> {
        let news = strangers.found.iter();
        let news = news.filter(|it| !staying::is_known(self.resource, self.sealed, it));
        let found = news.map(|stranger| {
            self.extra(stranger, &Wrong::Stranger(stranger), &Call::Remove(stranger))
        });
        let dark = strangers.unreadable.iter();
        let dark = dark.map(|(what, error)| self.unreadable(Some(what), error.summary()));
        found.chain(dark).collect()
    }
}

/// A wish that names what is missing and was never sealed: the missing one is the finding.
pub(super) fn names_what_is_missing(expected: &Value) -> bool {
    expected.to_string().contains("(the new ")
}
