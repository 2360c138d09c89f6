//! What sets violations of one control apart from others of it.

use super::{
    Location, PodView, Violation,
    confinement::{APP_ARMOR_ANNOTATION, confines},
};

impl PodView<'_> {
    /// Whether a violation of R3 is that of a container for which nothing names a user: the image decides.
    pub fn is_user_left_to_image(&self, violation: &Violation<'_>) -> bool {
        let Some(container) = violation.container() else {
            return false;
        };
        let own = container.security_context.as_deref();
        let user = own
            .and_then(|own| own.run_as_user)
            .or_else(|| self.context()?.run_as_user);
        let names = [
            own.and_then(|own| own.windows_options.as_ref()),
            self.context()
                .and_then(|context| context.windows_options.as_ref()),
        ];
        let is_named = names
            .into_iter()
            .flatten()
            .any(|options| !options.run_as_user_name.is_empty());
        let on_windows =
            self.is_windows() || self.spec.node_selector.is("kubernetes.io/os", "windows");
        user.is_none() && !(on_windows && is_named)
    }

    /// Whether a violation of R4 keeps a container from starting: root is forbidden to it as well.
    pub fn is_kept_from_starting(&self, violation: &Violation<'_>) -> bool {
        let forbidden = self.context().and_then(|context| context.run_as_non_root);
        self.containers().any(|(_, container)| {
            let own = container.security_context.as_deref();
            let concerned = match violation.container() {
                Some(at_fault) => at_fault.name == container.name,
                None => own.is_none_or(|own| own.run_as_user.is_none()),
            };
            let own = own.and_then(|own| own.run_as_non_root);
            concerned && own.or(forbidden) == Some(true)
        })
    }

    /// Whether a violation of B7 stands in an annotation, and in the field of its container again.
    pub fn repeats_app_armor(&self, violation: &Violation<'_>) -> bool {
        let Location::Annotation(key) = violation.place else {
            return false;
        };
        self.containers().any(|(_, container)| {
            let own = container.security_context.as_deref();
            let profile = own.and_then(|own| own.app_armor_profile.as_ref());
            key.strip_prefix(APP_ARMOR_ANNOTATION) == Some(&*container.name)
                && profile.is_some_and(|profile| !confines(profile))
        })
    }
}
