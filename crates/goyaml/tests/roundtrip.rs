//! What is written is read back as it was.

mod lost;

use gotemplate::Data;
use goyaml::json::{self, Escaping, Layout};
use proptest::prelude::*;

fn data() -> impl Strategy<Value = Data> {
    let text = prop_oneof![
        "[ -~]{0,12}",
        "[a-z:#'\"\\n ]{0,100}",
        "[0-9_.:eExob+-]{1,10}",
        "\\PC{0,8}"
    ];
    let leaf = prop_oneof![
        Just(Data::Null),
        any::<bool>().prop_map(Data::Bool),
        (-1e18..1e18).prop_map(Data::Float),
        any::<i32>().prop_map(|i| Data::Float(f64::from(i))),
        text.clone().prop_map(|s| Data::Str(s.into())),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Data::List),
            prop::collection::btree_map(text.clone().prop_map(Into::into), inner, 0..6)
                .prop_map(Data::Map),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn yaml_survives(data in data()) {
        prop_assume!(!lost::is_lost_in_go(&data));
        let text = goyaml::data_to_vec(&data);
        // Some printable characters of newer scripts are control characters to YAML 1.1.
        prop_assume!(text.is_ok());
        let text = text.unwrap();
        prop_assert_eq!(goyaml::from_slice(&text).unwrap(), data);
    }

    #[test]
    fn json_survives(data in data()) {
        for layout in [Layout::Compact, Layout::Indented] {
            let text = json::data_to_vec(&data, Escaping::Html, layout).unwrap();
            prop_assert_eq!(json::from_slice(&text).unwrap(), data.clone());
        }
    }
}
