//! The connections that inventories list for the records of one scope, by connector and folder, and
//! the connectors that an activity names. Attributes nothing itself: `attribution` and `occurrences`
//! ask it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use crate::correlate::naming::names::NameIndex;
use crate::correlate::record::MergedRecord;
use crate::model::knowledge::KNOWLEDGE;
use crate::model::{ConnectionFact, Guid};

/// Directories and tenant of a record.
type ScopeKey = (Arc<[String]>, Option<Arc<str>>);

/// The inventories of all scopes; each is built when the first record of its scope asks.
pub struct Inventories<'n> {
    names: &'n NameIndex<'n>,
    by_scope: RefCell<HashMap<ScopeKey, Rc<Inventory<'n>>>>,
}

impl<'n> Inventories<'n> {
    pub fn new(names: &'n NameIndex<'n>) -> Inventories<'n> {
        Inventories { names, by_scope: RefCell::default() }
    }

    pub fn for_record(&self, record: &MergedRecord) -> Rc<Inventory<'n>> {
        let key = (Arc::clone(&record.directories), record.tenant.clone());
        let mut by_scope = self.by_scope.borrow_mut();
        let inventory = by_scope
            .entry(key)
            .or_insert_with(|| Rc::new(Inventory::new(self.names.connections_for(record.scope()))));
        Rc::clone(inventory)
    }
}

/// The connections of one scope.
#[derive(Default)]
pub struct Inventory<'n> {
    by_connector: BTreeMap<&'n str, BTreeSet<(Option<Guid>, Guid)>>,
    /// Key and display name of each connector.
    connectors: BTreeSet<(&'n str, Option<&'n str>)>,
    /// Connectors by the activity that was asked for.
    named: RefCell<HashMap<String, Rc<[String]>>>,
}

impl<'n> Inventory<'n> {
    fn new(facts: impl Iterator<Item = &'n ConnectionFact>) -> Inventory<'n> {
        let mut inventory = Inventory::default();
        for fact in facts {
            if let Some(connector) = &fact.connector {
                let connections = inventory.by_connector.entry(connector).or_default();
                connections.insert((fact.folder, fact.connection));
                inventory.connectors.insert((connector, fact.connector_name.as_deref()));
            }
        }
        inventory
    }

    /// Keys of the connectors that an activity names before its colon, as in `Workday: New Invoice`;
    /// none if no connection of such a connector is known.
    pub fn connectors_of(&self, activity: &str) -> Rc<[String]> {
        if let Some(known) = self.named.borrow().get(activity) {
            return Rc::clone(known);
        }
        let hint = activity.split_once(": ").map(|(prefix, _)| letters_and_digits(prefix));
        let found = hint.filter(|hint| hint.len() > 1).map(|hint| self.connectors_named(&hint));
        let found: Rc<[String]> = found.unwrap_or_default().into();
        self.named.borrow_mut().insert(activity.to_string(), Rc::clone(&found));
        found
    }

    /// Keys of the connectors whose name is a text without blanks and in lower case. A key begins
    /// with the vendor, who may have several products, so the display name is more precise.
    pub fn connectors_named(&self, hint: &str) -> Vec<String> {
        let keys = |is_named: &dyn Fn(&str, Option<&str>) -> bool| -> Vec<String> {
            let named = self.connectors.iter().filter(|(key, name)| is_named(key, *name));
            let keys: BTreeSet<&str> = named.map(|(key, _)| *key).collect();
            keys.into_iter().map(str::to_string).collect()
        };
        let by_name = keys(&|_, name| name.is_some_and(|name| letters_and_digits(name) == *hint));
        if by_name.is_empty() { keys(&|key, _| is_product_or_vendor(key, hint)) } else { by_name }
    }

    /// Connections of a connector, each with its folder.
    pub fn connections(&self, connector: &str) -> impl Iterator<Item = (Option<Guid>, Guid)> {
        self.by_connector.get(connector).into_iter().flatten().copied()
    }
}

/// True when the hint is the product or the vendor of the key: in `uipath-salesforce-sfdc` the
/// product is `salesforce-sfdc`, the vendor `salesforce`.
fn is_product_or_vendor(key: &str, hint: &str) -> bool {
    let prefix = &KNOWLEDGE.product.vendors.connector_prefix;
    let product = key.strip_prefix(prefix).unwrap_or(key);
    letters_and_digits(product) == hint || product.split('-').next() == Some(hint)
}

/// The letters and digits of a text in lower case, by which names are compared.
pub fn letters_and_digits(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
